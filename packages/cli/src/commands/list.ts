import { Command } from 'commander';
import { list } from '../arguments.ts';
import type { Globals } from '../globals.ts';
import { paint } from '../output/paint.ts';
import { plainLine } from '../output/plain.ts';
import { table } from '../output/table.ts';
import { printJson } from '../output/texts.ts';

interface ListOptions extends Globals {
  readonly queues?: readonly string[];
  readonly json?: boolean;
}

export function listCommand(): Command {
  const command = new Command('list').description('Get information from the broker.');
  command
    .command('queues')
    .description('How many messages wait in each queue, are delayed, or are claimed by workers.')
    .option(
      '-Q, --queues <names>',
      'these queues, separated by commas, instead of all that the app knows',
      list,
    )
    .option('--json', 'print a JSON array')
    .action(async (_: unknown, self: Command) => {
      await listQueues(self.optsWithGlobals<ListOptions>());
    });
  command
    .command('bindings')
    .description('Which exchange and routing key lead to which queue.')
    .option('--json', 'print a JSON array')
    .action(async (_: unknown, self: Command) => {
      await listBindings(self.optsWithGlobals<ListOptions>());
    });
  return command;
}

async function listBindings(options: ListOptions): Promise<void> {
  const { withApp } = await import('../with-app.ts');
  const { bindingsOf } = await import('../bindings.ts');
  await withApp(options, async (app) => {
    const bindings = await bindingsOf(app);
    if (options.json) {
      printJson(
        bindings.map(({ queue, exchange, routingKey }) => ({ queue, exchange, routing_key: routingKey })),
      );
      return;
    }
    console.log(
      table(
        [{ title: 'Queue' }, { title: 'Exchange' }, { title: 'Routing Key' }],
        bindings.map(({ queue, exchange, routingKey }) =>
          [queue, exchange === '' ? '(default)' : exchange, routingKey].map(plainLine),
        ),
      ),
    );
  });
}

async function listQueues(options: ListOptions): Promise<void> {
  const { withApp } = await import('../with-app.ts');
  const { knownQueues } = await import('../known-queues.ts');
  await withApp(options, async (app) => {
    const { broker } = await app.drivers();
    const depths = await broker.depth(options.queues ?? knownQueues(app));
    if (options.json) {
      printJson(depths);
      return;
    }
    // What a broker cannot see is not zero.
    const hidden = (count: number): string => (broker.traits.seesHidden ? number(count) : '–');
    console.log(
      table(
        [
          { title: 'Queue' },
          { title: 'Ready', align: 'right' },
          { title: 'Delayed', align: 'right' },
          { title: 'Claimed', align: 'right' },
        ],
        depths.map((each) => [each.queue, number(each.ready), hidden(each.delayed), hidden(each.claimed)]),
      ),
    );
  });
}

const number = (count: number): string => (count === 0 ? paint('dim', '0') : count.toLocaleString('en'));

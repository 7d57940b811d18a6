import { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { EXIT, UsageError } from '../exit.ts';
import type { Globals } from '../globals.ts';
import { letterPage, lettersTable } from '../output/letters.ts';
import { counted, printJson } from '../output/texts.ts';

interface QuarantineOptions extends Globals {
  readonly limit: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function quarantineCommand(): Command {
  const command = new Command('quarantine').description('See to messages that no task could run.');
  command
    .command('list')
    .description('What is kept, oldest first.')
    .option('--limit <n>', 'show so many at most', wholeNumber(1), 50)
    .option('--json', 'print a JSON array')
    .action(async (_: unknown, self: Command) => {
      await showList(self.optsWithGlobals<QuarantineOptions>());
    });
  command
    .command('show')
    .description('One message, whole.')
    .argument('<id>', 'its id, or enough of the beginning to tell it from others')
    .option('--json', 'print a JSON object')
    .action(async (id: string, _: unknown, self: Command) => {
      await showOne(id, self.optsWithGlobals<QuarantineOptions>());
    });
  command
    .command('requeue')
    .description('Send messages back to the queues that they came from.')
    .argument('[ids...]', 'their ids')
    .option('--all', 'all of them')
    .option('--json', 'print a JSON object')
    .action(async (ids: string[], _: unknown, self: Command) => {
      await take(ids, self.optsWithGlobals<QuarantineOptions>(), 'requeue');
    });
  command
    .command('purge')
    .description('Erase messages. There is no undo.')
    .argument('[ids...]', 'their ids')
    .option('--all', 'all of them')
    .option('--json', 'print a JSON object')
    .action(async (ids: string[], _: unknown, self: Command) => {
      await take(ids, self.optsWithGlobals<QuarantineOptions>(), 'purge');
    });
  return command;
}

async function showList(options: QuarantineOptions): Promise<void> {
  const { withApp } = await import('../with-app.ts');
  const { kept, document } = await import('../quarantine.ts');
  await withApp(options, async (app) => {
    const { broker } = await app.drivers();
    const { messages, total } = await kept(broker, options.limit);
    if (options.json) return printJson(messages.map(document));
    if (total === 0) return console.log('The quarantine is empty.');
    console.log(lettersTable(messages, ['Id', 'Task', 'Queue', 'Since', 'Reason']));
    if (total > messages.length)
      console.log(`\n${messages.length} of ${counted(total, 'message')}; --limit shows more.`);
  });
}

async function showOne(id: string, options: QuarantineOptions): Promise<void> {
  const { withApp } = await import('../with-app.ts');
  const { document, keptById } = await import('../quarantine.ts');
  await withApp(options, async (app) => {
    const { broker } = await app.drivers();
    const message = await keptById(broker, id);
    if (options.json) return printJson(document(message));
    console.log(letterPage(message, ['id', 'task', 'queue', 'since', 'reason']));
  });
}

async function take(
  ids: readonly string[],
  options: QuarantineOptions,
  what: 'requeue' | 'purge',
): Promise<void> {
  if ((ids.length === 0) === (options.all !== true)) throw new UsageError('Name ids, or give --all.');
  const { withApp } = await import('../with-app.ts');
  const { takeOut } = await import('../quarantine.ts');
  await withApp(options, async (app) => {
    const { broker } = await app.drivers();
    const { taken, missing, stuck } = await takeOut(broker, options.all ? 'all' : ids, what);
    if (options.json) printJson({ [what === 'requeue' ? 'requeued' : 'purged']: taken, missing, stuck });
    else {
      console.log(`${what === 'requeue' ? 'Requeued' : 'Purged'} ${counted(taken.length, 'message')}.`);
      for (const id of stuck) console.error(`${id} does not say which queue it came from: left where it is.`);
      for (const id of missing) console.error(`${id} is not in the quarantine.`);
    }
    if (missing.length + stuck.length > 0) process.exitCode = EXIT.failed;
  });
}

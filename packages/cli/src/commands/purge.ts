import { Command } from 'commander';
import { list } from '../arguments.ts';
import { Aborted, CommandError, EXIT } from '../exit.ts';
import type { Globals } from '../globals.ts';
import { paint, paintError } from '../output/paint.ts';
import { counted, plural, printJson } from '../output/texts.ts';

interface PurgeOptions extends Globals {
  readonly force?: boolean;
  readonly queues?: readonly string[];
  readonly excludeQueues?: readonly string[];
  readonly json?: boolean;
}

export function purgeCommand(): Command {
  return new Command('purge')
    .description('Erase all messages from all known task queues.')
    .optionsGroup('Purging Options:')
    .option('-f, --force', 'do not ask')
    .option('-Q, --queues <names>', 'queues to purge, separated by commas', list)
    .option('-X, --exclude-queues <names>', 'queues not to purge, separated by commas', list)
    .optionsGroup('Output Options:')
    .option('--json', 'print a JSON object; asks nothing, so it needs --force')
    .action(async (_: unknown, command: Command) => {
      await purge(command.optsWithGlobals<PurgeOptions>());
    });
}

async function purge(options: PurgeOptions): Promise<void> {
  if (options.json && !options.force) throw new CommandError('--json asks nothing: add --force.', EXIT.usage);
  const { withApp } = await import('../with-app.ts');
  await withApp(options, async (app) => {
    const excluded = new Set(options.excludeQueues);
    const wanted = options.queues ?? app.queues().map((queue) => queue.name);
    const names = wanted.filter((name) => !excluded.has(name)).sort();
    if (names.length === 0) throw new CommandError('No queue is left to purge.', EXIT.usage);
    if (!options.force) await refuseUnlessSure(names);

    const { broker } = await app.drivers();
    const purged: Record<string, number> = {};
    for (const name of names) purged[name] = await broker.purge(name);
    if (!broker.traits.seesHidden) {
      console.error(
        `${paintError('yellow', 'Warning')}: what is not due, or claimed by a worker, is not purged: this broker does not show it`,
      );
    }
    const total = Object.values(purged).reduce((sum, count) => sum + count, 0);
    if (options.json) printJson({ purged, total });
    else if (total === 0) console.log(`No messages purged from ${counted(names.length, 'queue')}.`);
    else {
      const queues = `${names.length} known task ${plural(names.length, 'queue')}`;
      console.log(`Purged ${counted(total, 'message')} from ${queues}.`);
    }
  });
}

/** Celery's question, word for word. Anything but yes, or no answer at all, ends the command. */
async function refuseUnlessSure(names: readonly string[]): Promise<void> {
  const { confirm } = await import('../output/confirm.ts');
  const question = [
    `${paint('red', 'WARNING')}:This will remove all tasks from ${plural(names.length, 'queue')}: ${names.join(', ')}.`,
    '         There is no undo for this operation!',
    '',
    '(to skip this prompt use the -f option)',
    'Are you sure you want to delete all tasks? [y/N]: ',
  ].join('\n');
  if (!(await confirm(question))) throw new Aborted();
}

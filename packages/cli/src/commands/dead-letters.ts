import type { App, DeadLetter, DeadLetterFilter, DeadLetterKind, LettersTaken } from '@lovage/app';
import { Command, Option } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { EXIT, UsageError } from '../exit.ts';
import type { Globals } from '../globals.ts';
import { letterPage, lettersTable } from '../output/letters.ts';
import { counted, printJson } from '../output/texts.ts';

interface LettersOptions extends Globals {
  readonly kind?: DeadLetterKind;
  readonly task?: string;
  readonly fromQueue?: string;
  readonly toQueue?: string;
  readonly limit: number;
  readonly newest?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** As in the app, which is loaded only when a command runs. */
const KINDS: readonly DeadLetterKind[] = ['failed', 'rejected', 'poison', 'unreadable', 'unknown'];

export function deadLettersCommand(): Command {
  const command = new Command('dead-letters').description(
    'See to what failed after its last retry, was rejected, or could not run.',
  );
  filtered(command.command('list').description('What is kept, oldest first.'))
    .option('--limit <n>', 'show so many at most', wholeNumber(1), 50)
    .option('--newest', 'the newest first')
    .option('--json', 'print a JSON array')
    .action(async (_: unknown, self: Command) => {
      await list(self.optsWithGlobals<LettersOptions>());
    });
  command
    .command('show')
    .description('One, whole: its error, headers and body.')
    .argument('<id>', 'its id, or enough of the beginning to tell it from others')
    .option('--json', 'print a JSON object')
    .action(async (id: string, _: unknown, self: Command) => {
      await show(id, self.optsWithGlobals<LettersOptions>());
    });
  filtered(command.command('redrive').description('Run them again, with all of their retries.'))
    .argument('[ids...]', 'their ids')
    .option('--all', 'all of them')
    .option('--to-queue <queue>', 'send them there, not to where they came from')
    .option('--json', 'print a JSON object')
    .action(async (ids: string[], _: unknown, self: Command) => {
      const options = self.optsWithGlobals<LettersOptions>();
      const to = options.toQueue === undefined ? {} : { queue: options.toQueue };
      await take(ids, options, 'Redrove', (app, which) => app.deadLetters.redrive(which, to));
    });
  filtered(command.command('discard').description('Erase them. There is no undo.'))
    .argument('[ids...]', 'their ids')
    .option('--all', 'all of them')
    .option('--json', 'print a JSON object')
    .action(async (ids: string[], _: unknown, self: Command) => {
      const options = self.optsWithGlobals<LettersOptions>();
      await take(ids, options, 'Discarded', (app, which) => app.deadLetters.discard(which));
    });
  return command;
}

const filtered = (command: Command): Command =>
  command
    .addOption(new Option('--kind <kind>', 'only those that are kept for this reason').choices(KINDS))
    .option('--task <name>', 'only those of this task')
    .option('--from-queue <queue>', 'only those that came from this queue');

function filterOf({ kind, task, fromQueue }: LettersOptions): DeadLetterFilter {
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(task === undefined ? {} : { task }),
    ...(fromQueue === undefined ? {} : { queue: fromQueue }),
  };
}

async function list(options: LettersOptions): Promise<void> {
  const { withApp } = await import('../with-app.ts');
  const { limit, newest = false } = options;
  await withApp(options, async (app) => {
    const { letters, total } = await app.deadLetters.list({ ...filterOf(options), limit, newest });
    if (options.json) return printJson(letters.map(document));
    if (total === 0) return console.log('There are no dead letters.');
    console.log(lettersTable(letters, ['Id', 'Kind', 'Task', 'Queue', 'Since', 'Reason']));
    if (total > letters.length)
      console.log(`\n${letters.length} of ${counted(total, 'letter')}; --limit shows more.`);
  });
}

async function show(id: string, options: LettersOptions): Promise<void> {
  const { withApp } = await import('../with-app.ts');
  const { CommandError } = await import('../exit.ts');
  const { DeadLetterNotFound } = await import('@lovage/app');
  await withApp(options, async (app) => {
    const letter = await app.deadLetters.show(id).catch((error: unknown) => {
      throw error instanceof DeadLetterNotFound ? new CommandError(`${error.message}.`) : error;
    });
    if (options.json) printJson(document(letter));
    else console.log(letterPage(letter));
  });
}

/** For programs. */
function document(letter: DeadLetter): Record<string, unknown> {
  const { contentType, contentEncoding, bodyNote: _, ...rest } = letter;
  return { ...rest, content_type: contentType, content_encoding: contentEncoding };
}

async function take(
  ids: readonly string[],
  options: LettersOptions,
  did: 'Redrove' | 'Discarded',
  act: (app: App, which: readonly string[] | DeadLetterFilter) => Promise<LettersTaken>,
): Promise<void> {
  const filter = filterOf(options);
  const narrow = Object.keys(filter).length > 0;
  if ([ids.length > 0, narrow, options.all === true].filter(Boolean).length !== 1) {
    throw new UsageError('Name ids, or say which with --kind, --task or --from-queue, or give --all.');
  }
  const { withApp } = await import('../with-app.ts');
  await withApp(options, async (app) => {
    const { taken, missing, stuck } = await act(app, ids.length > 0 ? ids : filter);
    if (options.json) printJson({ [did.toLowerCase()]: taken, missing, stuck });
    else {
      console.log(`${did} ${counted(taken.length, 'letter')}.`);
      for (const id of stuck)
        console.error(`${id} does not say which queue it came from: give --to-queue. Left where it is.`);
      for (const id of missing) console.error(`${id} is not among the dead letters.`);
    }
    if (missing.length + stuck.length > 0) process.exitCode = EXIT.failed;
  });
}

import { Command } from 'commander';
import { jsonArray, jsonObject, priority, seconds } from '../arguments.ts';
import { UsageError } from '../exit.ts';
import { given } from '../given.ts';
import type { Globals } from '../globals.ts';
import { printJson } from '../output/texts.ts';

interface CallOptions extends Globals {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly eta?: string;
  readonly countdown?: number;
  readonly expires?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly serializer?: string;
  readonly json?: boolean;
}

export function callCommand(): Command {
  return new Command('call')
    .description('Call a task by name; prints its id.')
    .argument('<name>', 'full name of the task')
    .optionsGroup('Calling Options:')
    .option('-a, --args <json>', 'positional arguments, a JSON array', jsonArray, [])
    .option('-k, --kwargs <json>', 'keyword arguments, a JSON object', jsonObject, {})
    .option(
      '--eta <time>',
      'not before this time, in ISO 8601; without an offset in the time zone of the app',
    )
    .option('--countdown <seconds>', 'not before so many seconds from now', seconds)
    .option('--expires <time>', 'not after this time, or so many seconds from now')
    .option('--serializer <name>', 'json or yaml')
    .optionsGroup('Routing Options:')
    .option('--queue <name>', 'queue, instead of the one that the routes say')
    .option('--priority <0-9>', 'the higher, the sooner', priority)
    .optionsGroup('Output Options:')
    .option('--json', 'print a JSON object')
    .action(async (name: string, _: unknown, command: Command) => {
      await call(name, command.optsWithGlobals<CallOptions>());
    });
}

async function call(name: string, options: CallOptions): Promise<void> {
  if (options.eta !== undefined && options.countdown !== undefined) {
    throw new UsageError('--eta and --countdown are two ways to say one thing: give one of them.');
  }
  const { withApp } = await import('../with-app.ts');
  const { momentOrSeconds } = await import('../moments.ts');
  await withApp(options, async (app) => {
    const moment = (text: string | undefined): Date | undefined =>
      text === undefined ? undefined : new Date(momentOrSeconds(text, app.conf.timezone, Date.now()));
    const sent = await app.sendTask(name, {
      ...given({
        args: options.args,
        kwargs: options.kwargs,
        eta: moment(options.eta),
        expires: moment(options.expires),
        countdown: options.countdown,
        queue: options.queue,
        priority: options.priority,
        serializer: options.serializer,
      }),
    });
    if (options.json) printJson({ task_id: sent.id, task: name });
    else console.log(sent.id);
  });
}

import { Command, Option } from 'commander';
import { jsonArray, jsonObject, priority, wholeNumber } from '../arguments.ts';
import type { EntryFlags, ScheduleFlags } from '../schedule/flags.ts';
import { crontabText, intervalText, solarText } from '../schedule/interval-text.ts';

const HELP = `
A beat takes changes up within 5 seconds. What the code has of an entry is taken over again only when the code changes.

Examples:
  lovage schedule list -A ./tasks.ts
  lovage schedule create nightly --task shop.report --crontab '30 2 * * *' --timezone Europe/Prague -a '[2026]'
  lovage schedule update nightly --crontab '0 3 * * mon-fri' --overlap skip
  lovage schedule next nightly -n 5
  lovage schedule disable nightly`;

const load = () => import('../schedule/run.ts');

export function scheduleCommand(): Command {
  const command = new Command('schedule')
    .description('See to periodic tasks: list, change and run them.')
    .addHelpText('after', HELP);
  const add = (name: string, description: string) =>
    command.command(name).description(description).option('--json', 'print JSON');

  add('list', 'All of them, with when they are due next.').action(async (_: unknown, self: Command) => {
    await (await load()).showAll(self.optsWithGlobals<ScheduleFlags>());
  });
  add('show', 'One of them, whole.')
    .argument('<name>')
    .action(async (name: string, _: unknown, self: Command) => {
      await (await load()).showOne(name, self.optsWithGlobals<ScheduleFlags>());
    });
  add('next', 'When one of them is due next.')
    .argument('<name>')
    .option('-n, --count <n>', 'so many times', wholeNumber(1), 10)
    .action(async (name: string, _: unknown, self: Command) => {
      await (await load()).showNext(name, self.optsWithGlobals<ScheduleFlags & { count: number }>());
    });
  entryOptions(add('create', 'A new one, beside those of the code.').argument('<name>'))
    .option('--disabled', 'do not run it yet')
    .action(async (name: string, _: unknown, self: Command) => {
      await (await load()).create(name, self.optsWithGlobals<EntryFlags>());
    });
  entryOptions(add('update', 'Change parts of one.').argument('<name>')).action(
    async (name: string, _: unknown, self: Command) => {
      await (await load()).update(name, self.optsWithGlobals<EntryFlags>());
    },
  );
  for (const [name, done, description] of [
    ['enable', 'enabled', 'Let them run, from now on.'],
    ['disable', 'disabled', 'Do not run them until they are enabled.'],
    ['delete', 'deleted', 'Remove them for good; one that the code has comes back with the next beat.'],
  ] as const) {
    add(name, description)
      .argument('<names...>')
      .action(async (names: string[], _: unknown, self: Command) => {
        const { each } = await load();
        await each(names, self.optsWithGlobals<ScheduleFlags>(), done, (tasks, one) => tasks[name](one));
      });
  }
  add('run', 'Send one now, whatever its schedule says; prints the id.')
    .argument('<name>')
    .action(async (name: string, _: unknown, self: Command) => {
      await (await load()).runNow(name, self.optsWithGlobals<ScheduleFlags>());
    });
  add('prune', 'Remove those that have vanished from the code.')
    .option('-f, --force', 'do not ask')
    .action(async (_: unknown, self: Command) => {
      await (await load()).prune(self.optsWithGlobals<ScheduleFlags & { force?: boolean }>());
    });
  return command;
}

function entryOptions(command: Command): Command {
  return command
    .optionsGroup('When:')
    .option('--every <interval>', "seconds, or such as '10 minutes' or '1h 30m'", intervalText)
    .option('--crontab <fields>', "minute hour day month weekday, such as '30 7 * * mon-fri'", crontabText)
    .option('--timezone <name>', "whose clock the crontab means; default: the app's")
    .option('--solar <event,lat,lon>', "such as 'sunset,48.2,16.4'", solarText)
    .option('--at <time>', 'once: in ISO 8601, or so many seconds from now')
    .optionsGroup('What:')
    .option('--task <name>', 'full name of the task')
    .option('-a, --args <json>', 'positional arguments, a JSON array', jsonArray)
    .option('-k, --kwargs <json>', 'keyword arguments, a JSON object', jsonObject)
    .option('--options <json>', 'options of each call, a JSON object', jsonObject)
    .option('-Q, --queue <name>', 'queue, instead of the one that the routes say')
    .option('--priority <0-9>', 'the higher, the sooner', priority)
    .optionsGroup('How:')
    .option('--one-off', 'disable it after its first run')
    .option('--no-one-off', 'run it again and again')
    .option('--start-time <time>', 'not due before; in ISO 8601, or so many seconds from now')
    .option('--expires <time>', 'not due from then on, and disabled')
    .addOption(
      new Option('--overlap <policy>', 'when due while its last run goes on').choices([
        'allow',
        'skip',
        'replace',
      ]),
    )
    .addOption(
      new Option('--missed <policy>', 'what becomes of runs that were due while no beat was there').choices([
        ...['run-once', 'run-all', 'skip'],
      ]),
    )
    .option('--description <text>', 'for people');
}

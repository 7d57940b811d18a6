import { Command, InvalidArgumentError } from 'commander';
import { seconds, wholeNumber } from '../arguments.ts';
import type { Formation } from '../dev/formation.ts';
import type { DevFlags } from '../dev/run.ts';

const HELP = `
A Procfile has a line for each process, such as

  web: node server.js --port $PORT
  worker: lovage worker -l info
  beat: lovage beat

Words are those of a shell, and started without one. What .env says, what the environment says (it wins), and -A, -b and
--result-backend hold for all of them. PORT is 5000 for the first, 5100 for the second, and so on. When one ends, or on
Ctrl-C, all are told to end (TERM), and killed after the grace; a second Ctrl-C kills at once.
Without a Procfile: a worker of the app with beat in it.

Examples:
  lovage dev
  lovage dev web worker -m worker=2
  lovage dev -A ./tasks.ts`;

export function devCommand(): Command {
  return new Command('dev')
    .description('Start all that a Procfile names, and stop it together.')
    .argument('[names...]', 'only these of them')
    .optionsGroup('Dev Options:')
    .option('-f, --procfile <path>', 'the file; default: Procfile, where there is one')
    .option('-e, --env-file <path>', 'variables for all; default: .env, where there is one')
    .option('-m, --formation <name=n,...>', 'how many of each; all=n for those not named', formation)
    .option('-p, --port <n>', 'where PORT begins; default: PORT, or 5000', wholeNumber(1))
    .option('-t, --grace <seconds>', 'time to end before being killed', seconds, 10)
    .addHelpText('after', HELP)
    .action(async (names: string[], _: unknown, self: Command) => {
      const { runDev } = await import('../dev/run.ts');
      await runDev(names, self.optsWithGlobals<DevFlags>());
    });
}

/** `web=1,worker=2` */
function formation(text: string, before: Formation = {}): Formation {
  const entries = text.split(',').map((part) => {
    const [, name = '', count = ''] = /^\s*([A-Za-z0-9_-]+)=(\d{1,3})\s*$/.exec(part) ?? [];
    if (name === '') throw new InvalidArgumentError("it must be names with counts, such as 'web=1,worker=2'");
    return [name, Number(count)] as const;
  });
  return { ...before, ...Object.fromEntries(entries) };
}

import { Command, Option } from 'commander';
import { logLevel } from '../arguments.ts';
import type { BeatFlags } from '../beat/flags.ts';
import { addDaemonOptions } from '../daemon/options.ts';
import { hostAndPort, interval } from '../worker/parsers.ts';

export function beatCommand(): Command {
  const command = new Command('beat')
    .description('Start the scheduler of periodic tasks. Any number may run: one leads.')
    .optionsGroup('Beat Options:')
    .option('-S, --scheduler <name>', "database, code or django; Celery's names are taken too")
    .option('-s, --schedule <path>', 'file that keeps periodic tasks where neither broker nor results can')
    .option('--max-interval <seconds>', 'longest sleep before changed entries are looked for', interval)
    .addOption(
      new Option('-l, --loglevel <level>', 'DEBUG, INFO, WARNING, ERROR, CRITICAL or FATAL')
        .argParser(logLevel)
        .default('warn', 'WARNING'),
    )
    .option('--http <host:port>', 'serve /healthz, /readyz and /metrics there', hostAndPort)
    .option('--json', 'log JSON, an object a line, and no banner');
  return addDaemonOptions(command, 'log there; %n name, %h host').action(
    async (_: unknown, self: Command) => {
      const { runBeat } = await import('../beat/run.ts');
      await runBeat(self.optsWithGlobals<BeatFlags>());
    },
  );
}

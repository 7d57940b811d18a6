import { Command } from 'commander';
import type { LogtoolOptions } from '../logtool/run.ts';

const VERBS = {
  stats: 'How many tasks came in, and what became of them.',
  traces: 'What has a traceback below it, with the traceback.',
  errors: 'The lines that say that a task failed.',
  incomplete: 'Tasks that came in and have not ended.',
  debug: 'Lines that are not about tasks coming in and ending.',
} as const;

/** Reads logs of Celery's workers and of ours, in text or JSON. */
export function logtoolCommand(): Command {
  const command = new Command('logtool').description('Read the logs of workers.');
  for (const [name, description] of Object.entries(VERBS)) {
    command
      .command(name)
      .description(description)
      .argument('[files...]', 'logs, one after another, also .gz; without any, or for -, standard input')
      .option(
        '--json',
        name === 'stats' || name === 'incomplete' ? 'print JSON' : 'print a JSON object a line',
      )
      .action(async (files: string[], _: unknown, self: Command) => {
        const run = await import('../logtool/run.ts');
        await run[name as keyof typeof VERBS](files, self.optsWithGlobals<LogtoolOptions>());
      });
  }
  return command;
}

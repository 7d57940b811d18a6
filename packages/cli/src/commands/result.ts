import { Command } from 'commander';
import { seconds } from '../arguments.ts';
import type { Globals } from '../globals.ts';

export interface ResultOptions extends Globals {
  readonly task?: string;
  readonly traceback?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
}

export function resultCommand(): Command {
  return new Command('result')
    .description('Wait for a task to end and print what it returned.')
    .argument('<task-id>', 'id of the task')
    .optionsGroup('Result Options:')
    .option('-t, --task <name>', 'name of the task; taken because Celery takes it, and not needed')
    .option('--traceback', 'print the traceback instead')
    .option('--timeout <seconds>', 'give up after so long, with exit code 69; 0 does not wait', seconds)
    .option('--json', 'print a JSON object, also of a failure')
    .action(async (id: string, _: unknown, command: Command) => {
      const { showResult } = await import('../show-result.ts');
      await showResult(id, command.optsWithGlobals<ResultOptions>());
    });
}

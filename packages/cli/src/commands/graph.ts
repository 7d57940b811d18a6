import { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { addRemoteOptions } from '../control/options.ts';
import type { GraphOptions } from '../graph/run.ts';
import type { GraphTaskOptions } from '../graph/run-task.ts';

const HELP = '\nExample:\n  lovage graph workers -A ./tasks.ts | dot -Tsvg > workers.svg';
const TASK_HELP = `
Solid lines lead to what came of a task, dashed ones from a group to its members; the parts of a chord's header lead
to its body. What is drawn is what result documents tell:
  - a task's children are kept when it has succeeded, its parent as soon as anything is kept of it;
  - names are kept with the setting resultExtended (result_extended in Python) only;
  - a group that no task sent is known by its members only, unless it was saved (GroupResult.save);
  - of what a task was replaced with, the last part is known.

Examples:
  lovage graph task ID -A ./tasks.ts | dot -Tsvg > task.svg
  lovage graph task ID -A ./tasks.ts --mermaid --limit 50`;
const MERMAID = 'in the language of Mermaid instead of that of Graphviz';

export function graphCommand(): Command {
  const command = new Command('graph').description(
    'Draw the workers, the parts of one, or what came of a task.',
  );
  const workers = command
    .command('workers')
    .description('The workers that are online, their queues and stores.')
    .option('--mermaid', MERMAID)
    .addHelpText('after', HELP);
  addRemoteOptions(workers).action(async (_: unknown, self: Command) => {
    const { graphWorkers } = await import('../graph/run.ts');
    await graphWorkers(self.optsWithGlobals<GraphOptions>());
  });
  command
    .command('bootsteps')
    .description('The parts of a worker, and which needs which.')
    .option('--mermaid', MERMAID)
    .option('--json', 'print a JSON object')
    .action(async (_: unknown, self: Command) => {
      const { graphBootsteps } = await import('../graph/run.ts');
      graphBootsteps(self.optsWithGlobals<GraphOptions>());
    });
  command
    .command('task')
    .description('A result, what came before it and all that came of it: children, groups, chords, chains.')
    .argument('<id>', 'id of a task, or of a saved group')
    .option('--depth <steps>', 'at most so many steps away from it', wholeNumber(1), 100)
    .option(
      '--limit <count>',
      'at most so many tasks and groups; says what it leaves out',
      wholeNumber(1),
      300,
    )
    .option('--mermaid', MERMAID)
    .option('--json', 'print a JSON object')
    .addHelpText('after', TASK_HELP)
    .action(async (id: string, _: unknown, self: Command) => {
      const { graphTask } = await import('../graph/run-task.ts');
      await graphTask(id, self.optsWithGlobals<GraphTaskOptions>());
    });
  return command;
}

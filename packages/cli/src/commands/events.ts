import { Command } from 'commander';
import { seconds } from '../arguments.ts';
import type { EventsOptions } from '../events/options.ts';
import { refuseCameras } from '../events/refused.ts';

export function eventsCommand(): Command {
  const command = new Command('events')
    .description('Watch what workers do, live on this terminal or line by line.')
    .optionsGroup('Event Options:')
    .option('-d, --dump', 'print each event on a line, in the form of Celery')
    .option('-j, --json', 'print each event as a JSON object on a line')
    .option('-F, --frequency <seconds>', 'draw the screen anew so often (default: 0.5)', seconds)
    .action(async (_: unknown, self: Command) => {
      const { runEvents } = await import('../events/run.ts');
      await runEvents(self.optsWithGlobals<EventsOptions>());
    });
  refuseCameras(command);
  return command;
}

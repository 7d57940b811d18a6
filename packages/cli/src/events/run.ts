import { UsageError } from '../exit.ts';
import { withApp } from '../with-app.ts';
import { dump } from './dump.ts';
import type { EventsOptions } from './options.ts';

const REDRAW_S = 0.5;
/** More often than anybody can read. */
const SOONEST_S = 0.05;

/** `lovage events`: line by line, or on a screen. Ends when it is told to. */
export async function runEvents(options: EventsOptions): Promise<void> {
  if (options.dump || options.json) {
    if (options.frequency !== undefined) {
      throw new UsageError('--frequency is for the screen; --dump and --json print each event as it comes.');
    }
    await withApp(options, (app) => dump(app, { json: options.json ?? false }));
    return;
  }
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new UsageError(
      'The live screen needs a terminal. Without one, --dump prints an event a line, --json as JSON.',
    );
  }
  const { watch } = await import('./watch.ts');
  const everyS = Math.max(SOONEST_S, options.frequency ?? REDRAW_S);
  await watch(options, { input: stdin, output: stdout, everyMs: everyS * 1000 });
}

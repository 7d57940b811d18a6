import type { App } from '@lovage/app';
import { masked } from '../control/plain-value.ts';
import { plainJson } from '../output/plain.ts';
import { DumpLines } from './dump-line.ts';
import { untilStopped } from './stopping.ts';

/** Prints events as they come, until the process is told to stop. */
export async function dump(app: App, { json }: { readonly json: boolean }): Promise<void> {
  const lines = new DumpLines();
  const stopping = untilStopped();
  try {
    await using _ = await app.events.receiver({
      wakeup: false,
      onEvent: (event) => {
        console.log(json ? plainJson(JSON.stringify(masked(event))) : lines.lineOf(event));
      },
    });
    // Where Celery says it too; a program that reads JSON wants nothing else.
    if (!json) console.log('-> evdump: starting capture...');
    await app.control.heartbeat();
    await stopping.asked;
  } finally {
    stopping.release();
  }
}

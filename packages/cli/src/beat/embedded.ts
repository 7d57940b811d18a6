import type { App } from '@lovage/app';
import type { Stoppable } from '../worker/signals.ts';
import type { SchedulerFlags } from './flags.ts';
import { unusedFile } from './settings.ts';

/** A beat in the main process of a worker. */
export interface EmbeddedBeat {
  /** Why it gave up, if it did: then the worker has been told to stop. */
  readonly fault: unknown;
  /** The worker, which stops with its beat. */
  readonly stoppable: Stoppable;
  stop(): Promise<void>;
}

/**
 * Starts a beat beside a worker that is about to be started: what is wrong with its entries is said before.
 * @throws ImproperlyConfigured
 */
export async function embedBeat(app: App, worker: Stoppable, flags: SchedulerFlags): Promise<EmbeddedBeat> {
  // Other workers need none of it in memory.
  const { Beat } = await import('@lovage/beat');
  const unused = unusedFile(flags, await (await app.drivers()).periodic());
  if (unused !== undefined) app.logger.warn(unused);
  const beat = new Beat(app, { embedded: true });
  let fault: unknown;
  await beat.start();
  beat.done.catch((error: unknown) => {
    fault = error;
    app.logger.error('beat: cannot go on, and the worker stops with it', { err: error });
    return worker.stop('warm').catch(() => {});
  });
  return {
    get fault() {
      return fault;
    },
    stop: () => beat.stop(),
    stoppable: {
      stop(how) {
        beat.stop().catch(() => {});
        return worker.stop(how);
      },
      get stopsSoftly() {
        return worker.stopsSoftly ?? false;
      },
    },
  };
}

import type { Answers, Logger } from '@lovage/app';
import type { LamportClock } from '@lovage/protocol';
import type { TaskPanel } from './panel.ts';
import { newlyRevoked, toRevokedMap } from './revoked-map.ts';

export interface MingleParts {
  readonly hostname: string;
  readonly clock: LamportClock;
  readonly tasks: Pick<TaskPanel, 'revokedIds' | 'revoke'>;
  readonly log: Logger;
  /** Asks the others: `app.control.inspect().hello`. */
  readonly hello: (fromNode: string, revoked: Readonly<Record<string, unknown>>) => Promise<Answers>;
}

export interface Mingle {
  /** Resolves when it is over. Never rejects. */
  readonly done: Promise<void>;
  /** What is answered from now on changes nothing any more. */
  stop(): void;
}

/**
 * A worker that starts asks the others what they know to be revoked, and takes over their clocks (wire spec 9.5).
 * Nobody waits for it: whoever is alone hears that only from a second of silence.
 */
export function startMingle(parts: MingleParts): Mingle {
  const { hostname, tasks, log, hello } = parts;
  let stopped = false;
  const mingle = async () => {
    log.info('mingle: searching for neighbors');
    const answers = await hello(hostname, toRevokedMap(tasks.revokedIds()));
    // This node answers its own question with nothing.
    const others = Object.entries(answers).filter(([node]) => node !== hostname);
    if (stopped) return;
    if (others.length === 0) {
      log.info('mingle: all alone');
      return;
    }
    log.info(`mingle: sync with ${others.filter(([, answer]) => answer !== null).length} nodes`);
    for (const [node, answer] of others) syncWith(parts, node, answer);
    log.info('mingle: sync complete');
  };
  const failed = (error: unknown) => {
    if (!stopped) log.warn('mingle: cannot ask the neighbors', { err: error });
  };
  return {
    done: mingle().catch(failed),
    stop() {
      stopped = true;
    },
  };
}

/** A worker with other code may answer anything. */
function syncWith({ clock, tasks, log }: MingleParts, node: string, answer: unknown): void {
  if (answer === null) return;
  if (typeof answer !== 'object' || 'error' in answer) {
    log.warn(`mingle: sync with ${node} failed: it did not understand hello`);
    return;
  }
  const { clock: theirs, revoked } = answer as { readonly clock?: unknown; readonly revoked?: unknown };
  if (typeof theirs === 'number') clock.adjust(theirs);
  const fresh = newlyRevoked(revoked, tasks.revokedIds());
  if (fresh.length > 0) tasks.revoke(fresh);
}

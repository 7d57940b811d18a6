import type { Failure, TaskMeta } from '@lovage/protocol';
import { isFinal, PROPAGATE_STATES } from '@lovage/protocol';
import type { App } from '../app.ts';
import { InvalidCall, TimeoutError } from '../errors.ts';
import { failureFromMeta, unknownFailure } from './failure.ts';

/** Celery sends the error callbacks of a chord's body a moment before it stores the failure that they are to find. */
const PATIENCE_S = 2;

/**
 * What the result store knows of a failure, for a message that does not tell: a worker in Python sent it.
 * Where it knows nothing, the failure says so.
 * @throws OperationalError while the store is away, InvalidCall for a task that did not fail
 */
export async function storedFailure(app: App, id: string, rootId: string): Promise<Failure> {
  if (!(await app.open()).results) return unknownFailure(id, rootId, 'no results are kept');
  const meta = await finalMeta(app, id);
  if (!meta) return unknownFailure(id, rootId, 'the result store has no record of its end');
  if (!PROPAGATE_STATES.has(meta.status)) {
    throw new InvalidCall(
      `task ${id} ended in ${meta.status}: an error callback is linked with linkError, not link`,
    );
  }
  return failureFromMeta(meta, rootId);
}

async function finalMeta(app: App, id: string): Promise<TaskMeta | undefined> {
  const result = app.asyncResult(id);
  const present = await result.meta();
  if (present && isFinal(present.status)) return present;
  try {
    await result.get({ timeout: PATIENCE_S, propagate: false, disableSyncSubtasks: false });
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    throw error;
  }
  return result.meta();
}

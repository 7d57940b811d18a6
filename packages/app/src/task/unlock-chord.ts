import type { ResultRecord } from '@lovage/contracts';
import { DecodeError } from '@lovage/contracts';
import type { ErrorInfo, ResultTuple } from '@lovage/protocol';
import {
  errorInfo,
  InvalidTaskError,
  PROPAGATE_STATES,
  readMeta,
  readResultTuple,
  readSignature,
} from '@lovage/protocol';
import { chord } from '../canvas/build.ts';
import { Canvas } from '../canvas/workflow.ts';
import type { TaskSelf } from '../execution/self.ts';
import { TaskError } from '../result/task-error.ts';

/** Celery's default, in seconds. */
const INTERVAL_S = 1;

/** An end of a header's task that keeps the body from running. */
interface Failed {
  readonly taskId: string;
  readonly error: ErrorInfo;
}

/**
 * What Celery's client sends where its result backend counts no chords, to the queue of the body: asks until all of the
 * header have ended, and sends the body. Where one has failed this is sent once more, as a header of one that fails with
 * its error: what follows from that is decided where chords are.
 *
 * @throws InvalidTaskError when it is not told what the header is
 */
export async function unlockChord(
  self: TaskSelf,
  groupId: string,
  callback: unknown,
  interval: number | null,
  maxRetries: number | null,
  result: unknown,
  failed: ErrorInfo | null,
): Promise<null> {
  if (failed) throw new TaskError(failed, null);
  const { app } = self;
  const body = readSignature(callback, 'body of the chord');
  const header = readHeader(result, groupId);
  const ids = header.flatMap(tasksOf);
  const records = await (await app.resultBackend()).fetch(ids);
  if (!ids.every((id) => records.get(id)?.final)) {
    self.retry({ countdown: interval ?? INTERVAL_S, maxRetries });
  }
  const ended = valuesOf(ids, records);
  if (ended instanceof Map) {
    const valueAt = ([[id], members]: ResultTuple): unknown => members?.map(valueAt) ?? ended.get(id);
    await new Canvas(app, body).applyAsync([header.map(valueAt)]);
    return null;
  }
  const { routingKey } = self.request.deliveryInfo;
  // Under the id of what failed, whose result stays as it is.
  const part = app.signature(self.name, [groupId, null], {
    ...{ kwargs: { failed: ended.error }, taskId: ended.taskId, ignoreResult: true },
    ...(routingKey ? { queue: routingKey } : {}),
  });
  await chord([part], new Canvas(app, body)).applyAsync();
  return null;
}

const tasksOf = ([[id], members]: ResultTuple): readonly string[] => members?.flatMap(tasksOf) ?? [id];

function readHeader(result: unknown, groupId: string): readonly ResultTuple[] {
  const header = Array.isArray(result) ? result.map(readResultTuple) : [undefined];
  if (header.every((tuple) => tuple !== undefined)) return header;
  throw new InvalidTaskError('result', `of celery.chord_unlock for ${groupId} is no list of results`);
}

/** The values of all, or the first that has none. */
function valuesOf(
  ids: readonly string[],
  records: ReadonlyMap<string, ResultRecord>,
): Map<string, unknown> | Failed {
  const values = new Map<string, unknown>();
  for (const taskId of ids) {
    try {
      const { status, result } = readMeta(records.get(taskId)!.payload);
      if (PROPAGATE_STATES.has(status)) return { taskId, error: result as ErrorInfo };
      values.set(taskId, result);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { taskId, error: errorInfo(error) };
    }
  }
  return values;
}

import { DriverError, type ResultRecord } from '@lovage/contracts';
import { isFinal, parseJson } from '@lovage/protocol';

/** Both Celery and Lovage write the status among the first, so most documents need not be parsed to know it. */
const STATUS_FIRST = /^\{(?:"task_id": ?"[^"\\]+", ?)?"status": ?"([^"\\]+)"/;

/**
 * A result as it travels, in a record.
 * @throws DriverError 'corrupt' when it has no status
 */
export function readRecord(taskId: unknown, payload: Buffer): ResultRecord {
  if (typeof taskId !== 'string') throw new DriverError('corrupt', 'a result belongs to no task');
  const state = STATUS_FIRST.exec(payload.toString('latin1', 0, 128))?.[1] ?? parsedStatus(taskId, payload);
  return { taskId, state, final: isFinal(state), payload };
}

function parsedStatus(taskId: string, payload: Buffer): string {
  let document: unknown;
  try {
    document = parseJson(payload.toString('utf8'));
  } catch (error) {
    throw new DriverError('corrupt', `the result of task ${taskId} is not JSON`, { cause: error });
  }
  const status = (document as { status?: unknown } | null)?.status;
  if (typeof status !== 'string')
    throw new DriverError('corrupt', `the result of task ${taskId} has no status`);
  return status;
}

import { DriverError, type ResultRecord } from '@lovage/contracts';
import { isFinal } from '@lovage/protocol';

/** Both Celery and Lovage write the status first, so most documents need not be parsed to know it. */
const STATUS_FIRST = /^\{"status": ?"([^"\\]+)"/;

/**
 * A stored document as a record.
 * @throws DriverError 'corrupt' when it has no status
 */
export function readRecord(taskId: string, payload: Buffer): ResultRecord {
  const state = STATUS_FIRST.exec(payload.toString('latin1', 0, 64))?.[1] ?? parsedStatus(taskId, payload);
  return { taskId, state, final: isFinal(state), payload };
}

function parsedStatus(taskId: string, payload: Buffer): string {
  let status: unknown;
  try {
    status = (JSON.parse(payload.toString('utf8')) as { status?: unknown } | null)?.status;
  } catch (error) {
    throw new DriverError('corrupt', `the result of task ${taskId} is not JSON`, { cause: error });
  }
  if (typeof status !== 'string')
    throw new DriverError('corrupt', `the result of task ${taskId} has no status`);
  return status;
}

import type { ResultRecord } from '../src/index.ts';
import { bytesOf, textOf } from './bytes.ts';

const FINAL = new Set(['SUCCESS', 'FAILURE', 'REVOKED']);

/**
 * A record as workers store it. The payload is a real result document, for a store may keep nothing else
 * and read the state from it.
 */
export function record(
  taskId: string,
  state: string,
  result: unknown = null,
  more: Pick<ResultRecord, 'ttlMs' | 'replyTo'> = {},
): ResultRecord {
  const document = {
    status: state,
    result: state === 'FAILURE' ? { exc_type: 'Error', exc_message: [result], exc_module: 'js' } : result,
    traceback: null,
    children: [],
    date_done: '2026-01-02T03:04:05.678901+00:00',
    task_id: taskId,
  };
  return { taskId, state, final: FINAL.has(state), payload: bytesOf(JSON.stringify(document)), ...more };
}

/** What is comparable of a record: what its document says, which a store of columns writes anew. */
export function essence({ taskId, state, final, payload }: ResultRecord) {
  return { taskId, state, final, document: said(textOf(payload)) };
}

/** A JSON text as its value, whatever its blanks and the order of its members; any other text as it is. */
export function said(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

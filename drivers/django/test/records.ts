import type { ChordPart, ResultRecord } from '@lovage/contracts';

/** A document as workers write it. */
export function record(
  taskId: string,
  state = 'SUCCESS',
  members: Record<string, unknown> = {},
): ResultRecord {
  const document = {
    status: state,
    result: null,
    traceback: null,
    children: [],
    date_done: '2020-01-02T03:04:05.678901+00:00',
    ...members,
    task_id: taskId,
  };
  const final = ['SUCCESS', 'FAILURE', 'REVOKED'].includes(state);
  return { taskId, state, final, payload: Buffer.from(JSON.stringify(document)) };
}

export function part(taskId: string, index: number, result: unknown = null): ChordPart {
  return { taskId, index, state: 'SUCCESS', payload: Buffer.from(JSON.stringify(result)) };
}

/** What a document says. */
export const said = (record: Pick<ResultRecord, 'payload'> | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(record!.payload).toString());

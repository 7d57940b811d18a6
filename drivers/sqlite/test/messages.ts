import type { OutgoingMessage, ResultRecord } from '@lovage/contracts';

const encoder = new TextEncoder();

export function message(queue: string, id: string, notBefore?: number): OutgoingMessage {
  return {
    queue,
    envelope: {
      id,
      headers: { task: 'test' },
      body: encoder.encode(id),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
    },
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

export function record(taskId: string, state = 'SUCCESS', ttlMs?: number): ResultRecord {
  const payload = encoder.encode(JSON.stringify({ task_id: taskId, status: state }));
  return { taskId, state, final: true, payload, ...(ttlMs === undefined ? {} : { ttlMs }) };
}

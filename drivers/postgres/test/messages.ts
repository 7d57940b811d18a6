import type { OutgoingMessage, ResultRecord } from '@lovage/contracts';
import { EMPTY_EMBED, json, writeTask } from '@lovage/protocol';

/** A call of a task, as an application sends it. */
export function message(queue: string, args: readonly unknown[] = [], notBefore?: number): OutgoingMessage {
  const id = crypto.randomUUID();
  const envelope = writeTask(
    { task: 'shop.orders.pay', id, origin: 'gen7@host' },
    { args: [...args], kwargs: {}, embed: EMPTY_EMBED },
    { serializer: json, replyTo: '' },
  );
  return { queue, envelope, ...(notBefore === undefined ? {} : { notBefore }) };
}

export function record(taskId: string, state = 'SUCCESS', ttlMs?: number): ResultRecord {
  const document = { status: state, result: 42, traceback: null, children: [], task_id: taskId };
  const payload = Buffer.from(JSON.stringify(document));
  return { taskId, state, final: true, payload, ...(ttlMs === undefined ? {} : { ttlMs }) };
}

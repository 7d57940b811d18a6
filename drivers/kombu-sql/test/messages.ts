import type { Delivery, OutgoingMessage, ResultRecord } from '@lovage/contracts';
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

export function record(taskId: string, state = 'SUCCESS'): ResultRecord {
  const document = { status: state, result: 42, traceback: null, children: [], task_id: taskId };
  return { taskId, state, final: true, payload: Buffer.from(JSON.stringify(document)) };
}

export const within = (ms: number) => AbortSignal.timeout(ms);

export const consumerOf = (queue: string, prefetch = 100) => ({
  consumer: crypto.randomUUID(),
  queues: [queue],
  prefetch,
  leaseMs: 60_000,
});

export const done = (delivery: Delivery) => ({ kind: 'done', delivery }) as const;

/** The arguments of what was claimed, as it says itself. */
export const argsOf = ({ envelope }: Delivery): unknown => envelope.headers['argsrepr'];

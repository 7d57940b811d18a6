import type { OutgoingMessage } from '@lovage/contracts';

/** The fields of `task-sent` for a message that was published, in Celery's order. */
export function sentFields({ envelope, queue }: OutgoingMessage): Readonly<Record<string, unknown>> {
  const { headers, id } = envelope;
  return {
    uuid: id,
    root_id: headers['root_id'] ?? null,
    parent_id: headers['parent_id'] ?? null,
    name: headers['task'],
    args: headers['argsrepr'],
    kwargs: headers['kwargsrepr'],
    retries: headers['retries'] ?? 0,
    eta: headers['eta'] ?? null,
    expires: headers['expires'] ?? null,
    queue,
    exchange: '',
    routing_key: queue,
  };
}

import { filledText, oneOf, refused, unknownName } from '@lovage/contracts/kit';
import { integer, seconds } from './take.ts';

/** Celery's transport options and settings that concern RabbitMQ, under names of our own. */
export interface Transport {
  /** `queue_max_priority`, Celery's task_queue_max_priority: queues are declared with x-max-priority. */
  readonly maxPriority: number | undefined;
  /** `queue_type`, Celery's task_default_queue_type: 'classic' declares queues without a type, as Celery does. */
  readonly queueType: 'classic' | 'quorum';
  /** `delayed_queue_type`, Celery's broker_native_delayed_delivery_queue_type. Default: `queue_type`. */
  readonly delayedQueueType: 'classic' | 'quorum';
  /** `consumer_timeout` of the broker's configuration: it closes a channel that leaves a delivery unacknowledged longer. */
  readonly consumerTimeoutMs: number;
  /** `heartbeat`: each side says so often that it lives; 0 for none. */
  readonly heartbeatS: number;
  /** `connect_timeout`, of one attempt. */
  readonly connectTimeoutMs: number | undefined;
  /** `client_name`, shown by the broker's management. */
  readonly clientName: string;
}

const DEFAULTS: Omit<Transport, 'delayedQueueType'> = {
  maxPriority: undefined,
  queueType: 'classic',
  // RabbitMQ's own default since 3.8.17.
  consumerTimeoutMs: 1_800_000,
  heartbeatS: 20,
  connectTimeoutMs: undefined,
  clientName: 'lovage',
};

const QUEUE_TYPES = ['classic', 'quorum'] as const;

/** Name of each option, and the part of `Transport` that it becomes. */
const OPTIONS: Readonly<Record<string, (value: unknown, option: string) => Partial<Transport>>> = {
  queue_max_priority: (v, o) => ({ maxPriority: integer(v, o, 1, 255) }),
  queue_type: (v, o) => ({ queueType: oneOf(v, o, QUEUE_TYPES) }),
  delayed_queue_type: (v, o) => ({ delayedQueueType: oneOf(v, o, QUEUE_TYPES) }),
  consumer_timeout: (v, o) => ({ consumerTimeoutMs: seconds(v, o) * 1_000 }),
  heartbeat: (v, o) => ({ heartbeatS: seconds(v, o, 'from 0') }),
  connect_timeout: (v, o) => ({ connectTimeoutMs: seconds(v, o) * 1_000 }),
  client_name: (v, o) => ({ clientName: filledText(v, o) }),
};

/** Options whose only right value is what this driver does anyway: that value, and why no other. */
const FIXED: Readonly<Record<string, readonly [right: unknown, reason: string]>> = {
  confirm_publish: [true, 'without confirms a message may be lost unheard'],
};

/** Options of kombu or py-amqp that have no counterpart here. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  max_retries: 'how long a call tries is its own affair: see taskPublishRetryPolicy',
  interval_start: 'connections come back with a backoff of their own',
  interval_step: 'connections come back with a backoff of their own',
  interval_max: 'connections come back with a backoff of their own',
  login_method: 'only PLAIN is spoken',
};

/**
 * Celery's `broker_transport_options` for RabbitMQ.
 * @throws DriverError 'refused' for an option that is unknown, ill-typed or cannot be honoured
 */
export function readTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  let transport: Partial<Transport> & typeof DEFAULTS = DEFAULTS;
  for (const [option, value] of Object.entries(options)) {
    // In Python, None is how an option is left at its default.
    if (value === undefined || value === null) continue;
    const known = OPTIONS[option];
    if (known) transport = { ...transport, ...known(value, `transport option ${option}`) };
    else refuseOther(option, value);
  }
  if (transport.queueType === 'quorum' && transport.maxPriority !== undefined)
    throw refused('transport option queue_max_priority is for classic queues; a quorum queue takes none');
  return { delayedQueueType: transport.queueType, ...transport };
}

function refuseOther(option: string, value: unknown): void {
  const fixed = FIXED[option];
  if (fixed) {
    if (value === fixed[0]) return;
    throw refused(`transport option ${option} can only be ${JSON.stringify(fixed[0])} here: ${fixed[1]}`);
  }
  const reason = IMPOSSIBLE[option];
  if (reason !== undefined) throw refused(`transport option ${option} cannot be honoured: ${reason}`);
  throw unknownName('transport option of RabbitMQ', option, [...Object.keys(OPTIONS), ...Object.keys(FIXED)]);
}

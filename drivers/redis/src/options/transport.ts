import { filledText, oneOf, refused, unknownName } from '@lovage/contracts/kit';
import type { QueueOrderName } from '../broker/queue-order.ts';
import { bool, count, integers, seconds, type Take, text } from './take.ts';

/** Celery's transport options for Redis, under names of our own, each with kombu's default. */
export interface Transport {
  /** `global_keyprefix`: before every key and channel. */
  readonly keyPrefix: string;
  /** `sep`: between a queue and its priority step, and between the fields of a binding. */
  readonly separator: string;
  /** `priority_steps`, ascending from 0. */
  readonly prioritySteps: readonly number[];
  readonly unackedKey: string;
  readonly unackedIndexKey: string;
  readonly unackedMutexKey: string;
  /** `unacked_mutex_expire`. */
  readonly mutexExpireS: number;
  /** `visibility_timeout`: Python restores what has been out for longer. */
  readonly visibilityTimeoutS: number;
  /** `unacked_restore_limit`: most messages of one such restoration; no limit when undefined. */
  readonly restoreLimit: number | undefined;
  /** `fanout_prefix`: before the channels of exchanges, `{db}` standing for the database; '' for none. */
  readonly fanoutPrefix: string;
  /** `fanout_patterns`: the routing key is part of a channel's name. */
  readonly fanoutPatterns: boolean;
  /** `queue_order_strategy`. */
  readonly queueOrder: QueueOrderName;
  /** `socket_timeout`, in place of the driver's own timeout. */
  readonly timeoutMs: number | undefined;
  /** `socket_connect_timeout`. */
  readonly connectTimeoutMs: number | undefined;
  /** `socket_keepalive`. */
  readonly keepAlive: boolean;
  /** `health_check_interval`: an idle connection is asked for a sign of life this often. */
  readonly healthMs: number;
  /** `client_name`, shown by CLIENT LIST. */
  readonly clientName: string;
  /** `master_name`: which primary Sentinel is asked for. */
  readonly masterName: string | undefined;
  /** `sentinel_kwargs`: how to log in at the sentinels. */
  readonly sentinel: { readonly username: string | undefined; readonly password: string | undefined };
}

const DEFAULTS: Transport = {
  keyPrefix: '',
  separator: '\x06\x16',
  prioritySteps: [0, 3, 6, 9],
  unackedKey: 'unacked',
  unackedIndexKey: 'unacked_index',
  unackedMutexKey: 'unacked_mutex',
  mutexExpireS: 300,
  visibilityTimeoutS: 3_600,
  restoreLimit: undefined,
  fanoutPrefix: '/{db}.',
  fanoutPatterns: true,
  queueOrder: 'round_robin',
  timeoutMs: undefined,
  connectTimeoutMs: undefined,
  keepAlive: true,
  healthMs: 10_000,
  clientName: 'lovage',
  masterName: undefined,
  sentinel: { username: undefined, password: undefined },
};

const steps: Take<readonly number[]> = (value, option) => {
  const list = integers(value, option);
  const ascending = list.every((step, i) => step <= 9 && (i === 0 ? step === 0 : step > list[i - 1]!));
  if (list.length === 0 || !ascending)
    throw refused(`${option} must ascend from 0 to 9 at most, such as [0, 3, 6, 9]`);
  return list;
};

const fanoutPrefix: Take<string> = (value, option) => {
  if (typeof value === 'string') return value;
  return bool(value, option) ? DEFAULTS.fanoutPrefix : '';
};

const login: Take<Transport['sentinel']> = (value, option) => {
  if (typeof value !== 'object' || value === null)
    throw refused(`${option} must be an object with username and password`);
  const { username, password, ...others } = value as Record<string, unknown>;
  for (const other of Object.keys(others))
    throw unknownName(`entry of ${option}`, other, ['username', 'password']);
  return {
    username: username === undefined ? undefined : text(username, `${option}.username`),
    password: password === undefined ? undefined : text(password, `${option}.password`),
  };
};

const ms =
  (take: Take<number>): Take<number> =>
  (value, option) =>
    take(value, option) * 1_000;

/** Celery's name of each option, and the part of `Transport` that it becomes. */
const OPTIONS: Readonly<Record<string, (value: unknown, option: string) => Partial<Transport>>> = {
  global_keyprefix: (v, o) => ({ keyPrefix: text(v, o) }),
  sep: (v, o) => ({ separator: filledText(v, o) }),
  priority_steps: (v, o) => ({ prioritySteps: steps(v, o) }),
  unacked_key: (v, o) => ({ unackedKey: filledText(v, o) }),
  unacked_index_key: (v, o) => ({ unackedIndexKey: filledText(v, o) }),
  unacked_mutex_key: (v, o) => ({ unackedMutexKey: filledText(v, o) }),
  unacked_mutex_expire: (v, o) => ({ mutexExpireS: seconds(v, o) }),
  visibility_timeout: (v, o) => ({ visibilityTimeoutS: seconds(v, o) }),
  unacked_restore_limit: (v, o) => ({ restoreLimit: count(v, o) }),
  fanout_prefix: (v, o) => ({ fanoutPrefix: fanoutPrefix(v, o) }),
  fanout_patterns: (v, o) => ({ fanoutPatterns: bool(v, o) }),
  queue_order_strategy: (v, o) => ({
    queueOrder: oneOf(v, o, ['round_robin', 'sorted', 'priority'] as const),
  }),
  socket_timeout: (v, o) => ({ timeoutMs: ms(seconds)(v, o) }),
  socket_connect_timeout: (v, o) => ({ connectTimeoutMs: ms(seconds)(v, o) }),
  socket_keepalive: (v, o) => ({ keepAlive: bool(v, o) }),
  health_check_interval: (v, o) => ({ healthMs: ms(seconds)(v, o) }),
  client_name: (v, o) => ({ clientName: filledText(v, o) }),
  master_name: (v, o) => ({ masterName: filledText(v, o) }),
  sentinel_kwargs: (v, o) => ({ sentinel: login(v, o) }),
};

/** Options whose only right value is what this driver does anyway: that value, and why no other. */
const FIXED: Readonly<Record<string, readonly [right: unknown, reason: string]>> = {
  ack_emulation: [true, 'without it a message whose worker dies is lost'],
  retry_on_timeout: [true, 'what can be repeated without harm always is'],
  result_chord_ordered: [true, 'the parts of a chord are always kept in order'],
};

/** Options of kombu or redis-py that have no counterpart here. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  max_connections: 'there is no pool: two connections serve everything',
  socket_keepalive_options: 'Node cannot set them; socket_keepalive and health_check_interval can be used',
  credential_provider: 'it is a Python class; put user and password into the URL',
  min_other_sentinels: 'the first sentinel that knows the primary is believed; the primary itself confirms',
  retry_policy:
    'a call is repeated until socket_timeout where that is harmless, and not at all where it is not',
  deadletter_queue: 'messages go to queues directly, so none is undeliverable',
};

/**
 * Celery's `broker_transport_options` or `result_backend_transport_options` for Redis.
 * @throws DriverError 'refused' for an option that is unknown, ill-typed or cannot be honoured
 */
export function readTransport(options: Readonly<Record<string, unknown>> = {}): Transport {
  let transport = DEFAULTS;
  for (const [option, value] of Object.entries(options)) {
    // In Python, None is how an option is left at its default.
    if (value === undefined || value === null) continue;
    const where = `transport option ${option}`;
    const known = OPTIONS[option];
    if (known) transport = { ...transport, ...known(value, where) };
    else refuseOther(option, value);
  }
  return transport;
}

function refuseOther(option: string, value: unknown): void {
  const fixed = FIXED[option];
  if (fixed) {
    if (value === fixed[0]) return;
    throw refused(`transport option ${option} can only be ${JSON.stringify(fixed[0])} here: ${fixed[1]}`);
  }
  const reason = IMPOSSIBLE[option];
  if (reason !== undefined) throw refused(`transport option ${option} cannot be honoured: ${reason}`);
  throw unknownName('transport option of Redis', option, [...Object.keys(OPTIONS), ...Object.keys(FIXED)]);
}

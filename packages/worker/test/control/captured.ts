/** Recorded exchanges with a worker of Celery, and a panel like that worker's. */
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { parseJson } from '@lovage/protocol';
import type { Asking } from './asking.ts';
import { FakePanel, HOSTNAME, held, messageOf } from './fake-panel.ts';

export const FOLDER = new URL('../../../../interop/captures/', import.meta.url);

interface Captured {
  readonly decoded_pidbox_messages: readonly {
    readonly op: string;
    readonly key: string;
    readonly body: string;
  }[];
}

export interface Exchange {
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly destination: readonly string[] | null;
  readonly pattern: string | null;
  readonly matcher: string | null;
  /** Undefined where nobody answered. */
  readonly answer: unknown;
}

/** Requests with the answers that followed them. */
export function exchanges(name: string): readonly Exchange[] {
  const { decoded_pidbox_messages: messages } = read<Captured>(name);
  const found: { -readonly [Key in keyof Exchange]: Exchange[Key] }[] = [];
  for (const { op, body } of messages) {
    const parsed = parseJson(body) as Exchange & Record<string, unknown>;
    if (op === 'PUBLISH') found.push({ ...parsed, answer: undefined });
    else found.at(-1)!.answer = parsed[HOSTNAME];
  }
  return found;
}

export const answerIn = <T>(name: string): T => exchanges(name)[0]!.answer as T;

export function read<T>(name: string): T {
  // Python wrote it: a setting of Celery's is infinite.
  return parseJson(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as T;
}

/** The captured worker's panel: two tasks that run, two that wait, one that is not due, some that are revoked. */
export function capturedWorker(t: TestContext): FakePanel {
  const panel = new FakePanel(t, { brokerUrl: 'memory://control', workerPoolRestarts: true });
  panel.app.task({ name: 'tasks.add' }, () => {});
  panel.app.task({ name: 'tasks.limited' }, () => {});
  panel.app.task({ name: 'tasks.auto_retry', maxRetries: 2 }, () => {});
  panel.limits.set('tasks.limited', '10/m');
  const running = (id: string, pid: number) =>
    held(id, 'tasks.sleep', [25], { startedMs: Date.now() - 500.25, pid, acknowledged: true });
  panel.running = [running('active-0', 22627), running('active-1', 22626)];
  panel.waiting = [held('reserved-0', 'tasks.sleep', [1]), held('reserved-1', 'tasks.sleep', [1])];
  const notBefore = Date.now() + 60_000;
  panel.delayed = [
    {
      queue: 'celery',
      notBefore,
      envelope: messageOf('scheduled-1', 'tasks.add', [1, 2], { eta: notBefore }),
    },
  ];
  panel.totals.set('tasks.sleep', 2);
  panel.writes = new Map([
    [22626, 1],
    [22627, 1],
  ]);
  panel.revoked.push('revoked-1');
  // The captured worker was started with -E, and its processes were all busy.
  panel.taskEvents = true;
  panel.alwaysEvents = true;
  return panel;
}

export async function answerTo(node: Asking, exchange: Exchange): Promise<unknown> {
  const { method, arguments: args, destination, pattern, matcher } = exchange;
  return node.ask(method, args, { destination, pattern, matcher });
}

/** Captures whose answers must be Celery's, word for word. */
export const SAME = [
  'bad-arguments',
  'control-add_consumer-simple',
  'control-autoscale-disabled',
  'control-cancel_consumer',
  'control-disable_events',
  'control-disable_events-again',
  'control-enable_events',
  'control-enable_events-again',
  'control-heartbeat',
  'control-pool_grow',
  'control-pool_restart',
  'control-pool_shrink',
  'control-rate_limit',
  'control-rate_limit-invalid',
  'control-rate_limit-unknown',
  'control-rate_limit-zero',
  'control-revoke',
  'control-revoke-list',
  'control-revoke-reserved',
  'control-revoke-terminate',
  'control-revoke-terminate-unknown',
  'control-terminate',
  'control-time_limit',
  'destination',
  'inspect-ping',
  'inspect-revoked',
  'missing-arguments',
  'pattern-glob',
  'pattern-pcre',
  'unknown-command',
];

/** Captures whose answers have the same keys, in the same order, with values of the same types. */
export const SAME_SHAPE = [
  'inspect-active',
  'inspect-active-safe',
  'inspect-active_queues',
  'inspect-clock',
  'inspect-hello',
  'inspect-query_task',
  'inspect-registered',
  'inspect-registered-items',
  'inspect-report',
  'inspect-reserved',
  'inspect-scheduled',
];

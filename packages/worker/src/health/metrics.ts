import type { Delivery } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { Report } from '../conclusion.ts';
import type { Witness } from '../witness/witness.ts';

type Prometheus = typeof import('prom-client');
type Count = import('prom-client').Counter.Internal;
type Observed = import('prom-client').Histogram.Internal<string>;
type Registry = import('prom-client').Registry;

/** What is so at the moment somebody looks. */
export interface WorkerGauges {
  /** It consumes. */
  readonly up: boolean;
  /** Tasks that run. */
  readonly active: number;
  /** Claimed, and waiting for a slot. */
  readonly prefetched: number;
  /** Claimed, and waiting for their rate limit. */
  readonly limited: number;
  readonly slots: number;
}

export interface WorkerMetricsOptions {
  readonly hostname: string;
  readonly gauges: () => WorkerGauges;
}

/** Seconds: those of Python's client, which boards for Celery expect, and some for tasks that take their time. */
const BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900, 3600,
];

const STEPS = {
  received: 'Tasks that the worker received.',
  started: 'Tasks that the worker began to run.',
  succeeded: 'Tasks that succeeded.',
  retried: 'Tasks that failed and will be tried again.',
  rejected: 'Tasks that were rejected.',
  revoked: 'Tasks that were revoked, or expired.',
} as const;

type Step = keyof typeof STEPS;

/** One task in one queue: counters that need not look up their labels again. */
interface TaskMetrics {
  readonly steps: Readonly<Record<Step, Count>>;
  readonly ignored: Count;
  readonly runtime: Observed;
  failed(exception: string): void;
}

/**
 * Counts for Prometheus what happens to tasks, under the names and labels of celery-exporter, so that boards made for
 * Celery show these workers too. What those do not know is named `lovage_…`; the process's own (memory, event loop
 * lag, file descriptors) as Prometheus clients name it.
 */
export class WorkerMetrics implements Witness {
  readonly contentType: string;
  readonly #registry: Registry;
  readonly #metricsOf: (task: string, queue: string) => TaskMetrics;
  readonly #unknown: Count;
  readonly #tasks = new Map<string, TaskMetrics>();
  /** Later steps of a task tell its headers only. */
  readonly #queues = new WeakMap<TaskHeaders, string>();

  /** Loads the Prometheus client, which workers without metrics never do. */
  static async create(options: WorkerMetricsOptions): Promise<WorkerMetrics> {
    return new WorkerMetrics(await import('prom-client'), options);
  }

  private constructor(prometheus: Prometheus, { hostname, gauges }: WorkerMetricsOptions) {
    const { Counter, Gauge, Histogram, Registry } = prometheus;
    const registry = new Registry();
    const registers = [registry];
    const labelNames = ['name', 'hostname', 'queue_name'];
    const counter = (name: string, help: string, labels: readonly string[] = labelNames) =>
      new Counter({ name, help, labelNames: labels, registers });
    const steps = Object.entries(STEPS).map(
      ([step, help]) => [step, counter(`celery_task_${step}_total`, help)] as const,
    );
    const failed = counter('celery_task_failed_total', 'Tasks that failed.', [...labelNames, 'exception']);
    const ignored = counter('lovage_task_ignored_total', 'Tasks that ended by asking to be ignored.');
    const runtime = new Histogram({
      ...{ name: 'celery_task_runtime', help: 'Seconds that tasks took which succeeded.' },
      ...{ labelNames, registers, buckets: BUCKETS },
    });
    this.#metricsOf = (name, queue) => {
      const labels = { name, hostname, queue_name: queue };
      const made = {
        steps: Object.fromEntries(steps.map(([step, each]) => [step, each.labels(labels)])),
        ignored: ignored.labels(labels),
        runtime: runtime.labels(labels),
        failed: (exception: string) => failed.labels({ ...labels, exception }).inc(),
      } as TaskMetrics;
      // A rate needs a value before the first of its kind.
      for (const step of Object.values(made.steps)) step.inc(0);
      failed.labels({ ...labels, exception: '' }).inc(0);
      return made;
    };
    this.#unknown = counter('lovage_task_unknown_total', 'Messages for tasks that are not registered here.', [
      'hostname',
    ]).labels({ hostname });

    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        ...{ name, help, registers, labelNames: ['hostname'] },
        collect() {
          this.set({ hostname }, value());
        },
      });
    gauge('celery_worker_up', 'The worker consumes.', () => Number(gauges().up));
    gauge('celery_worker_tasks_active', 'Tasks that run.', () => gauges().active);
    gauge('lovage_worker_prefetched', 'Tasks that wait here for a slot.', () => gauges().prefetched);
    gauge('lovage_worker_rate_limited', 'Tasks that wait here for their rate limit.', () => gauges().limited);
    gauge('lovage_worker_slots', 'Tasks that can run at once.', () => gauges().slots);
    this.#registry = Registry.merge([registry, processMetrics(prometheus)]);
    this.contentType = this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  received({ queue }: Delivery, headers: TaskHeaders): void {
    this.#queues.set(headers, queue);
    this.#of(headers).steps.received.inc();
  }

  started(headers: TaskHeaders): void {
    this.#of(headers).steps.started.inc();
  }

  revoked(headers: TaskHeaders): void {
    this.#of(headers).steps.revoked.inc();
  }

  /** Not by name: anybody could fill our memory with names. */
  unknown(): void {
    this.#unknown.inc();
  }

  ended(headers: TaskHeaders, { kind, runtimeS, exception, text }: Report): void {
    const task = this.#of(headers);
    switch (kind) {
      case 'succeeded':
        task.steps.succeeded.inc();
        task.runtime.observe(runtimeS);
        break;
      case 'retried':
      case 'rejected':
        task.steps[kind].inc();
        break;
      case 'ignored':
        task.ignored.inc();
        break;
      case 'failed':
      case 'unreadable':
        task.failed(className(exception ?? text));
    }
  }

  #of(headers: TaskHeaders): TaskMetrics {
    const queue = this.#queues.get(headers) ?? '';
    const key = `${headers.task}\n${queue}`;
    let metrics = this.#tasks.get(key);
    if (!metrics) {
      metrics = this.#metricsOf(headers.task, queue);
      this.#tasks.set(key, metrics);
    }
    return metrics;
  }
}

/** Of an error's repr, `ValueError('no')`: its class, and nothing that differs from one failure to the next. */
function className(repr: string): string {
  return /^([\p{L}_$][\p{L}\d_$.]{0,99})\(/u.exec(repr)?.[1] ?? '';
}

let ofProcess: Registry | undefined;

/** Once in a process, however many workers it has. */
function processMetrics({ Registry, collectDefaultMetrics }: Prometheus): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

import { ClusterState } from '@lovage/monitor';
import type { EventDocument } from '@lovage/protocol';
import { duration } from '../output/durations.ts';
import { plainLine } from '../output/plain.ts';
import { taskRow, workerRow } from './rows.ts';
import type { Snapshot, WorkerRow } from './screen/model.ts';
import { Rate } from './screen/rate.ts';

/** As many as anybody scrolls through. */
const MAX_TASKS = 3000;
const MAX_WORKERS = 2000;
/** Workers send heartbeats every few seconds: a longer silence means that the broker, or all of them, are away. */
const SILENCE_MS = 15_000;
const PRUNE_MS = 60_000;

const FINISHED = new Set(['task-succeeded', 'task-failed', 'task-revoked', 'task-rejected']);
const STATES = ['PENDING', 'RECEIVED', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED'];

/** What the screen shows, gathered from events. */
export class Cluster {
  readonly #broker: string;
  readonly #received = new Rate();
  readonly #finished = new Rate();
  /** The last that each worker said of itself: it stays when the tasks are cleared. */
  readonly #greetings = new Map<string, EventDocument>();
  #state = emptyState();
  #tasks: Snapshot['tasks'] | undefined;
  #heardMs: number | undefined;
  #prunedMs = 0;

  constructor(broker: string) {
    this.#broker = plainLine(broker);
  }

  take(event: EventDocument, nowMs: number): void {
    this.#state.apply(event);
    this.#tasks = undefined;
    this.#heardMs = nowMs;
    if (event.type === 'task-received') this.#received.count(nowMs);
    else if (FINISHED.has(event.type)) this.#finished.count(nowMs);
    else if (event.type.startsWith('worker-')) this.#greet(event);
  }

  /** Forgets the tasks. */
  clear(): void {
    this.#state = emptyState();
    this.#tasks = undefined;
    for (const event of this.#greetings.values()) this.#state.apply(event);
  }

  snapshot(nowMs: number): Snapshot {
    this.#prune(nowMs);
    this.#tasks ??= [...this.#state.tasks()].map(taskRow);
    return {
      nowMs,
      broker: this.#broker,
      receivedPerS: this.#received.perSecond(nowMs),
      finishedPerS: this.#finished.perSecond(nowMs),
      counts: this.#counts(),
      tasks: this.#tasks,
      workers: this.#workers(nowMs),
      trouble: this.#trouble(nowMs),
    };
  }

  #greet(event: EventDocument): void {
    this.#greetings.set(event.hostname, event);
    const [oldest] = this.#greetings.keys();
    if (this.#greetings.size > MAX_WORKERS) this.#greetings.delete(oldest!);
  }

  #workers(nowMs: number): readonly WorkerRow[] {
    return this.#state.workers(nowMs).map(workerRow);
  }

  /** Celery's states in the order of a task's life, then those of users' own. */
  #counts(): ReadonlyMap<string, number> {
    const { states } = this.#state.counters();
    const rank = (state: string): number => (STATES.indexOf(state) + STATES.length + 1) % (STATES.length + 1);
    const sorted = [...states].sort(([one], [other]) => rank(one) - rank(other));
    return new Map(sorted.map(([state, count]) => [plainLine(state), count]));
  }

  #trouble(nowMs: number): string | undefined {
    const silentMs = this.#heardMs === undefined ? 0 : nowMs - this.#heardMs;
    if (silentMs < SILENCE_MS) return undefined;
    return `Nothing heard for ${duration(silentMs / 1000)}: the broker or all workers are away.`;
  }

  #prune(nowMs: number): void {
    if (nowMs - this.#prunedMs < PRUNE_MS) return;
    this.#prunedMs = nowMs;
    this.#state.prune(nowMs);
    this.#tasks = undefined;
  }
}

function emptyState(): ClusterState {
  return new ClusterState({ maxTasks: MAX_TASKS, maxWorkers: MAX_WORKERS });
}

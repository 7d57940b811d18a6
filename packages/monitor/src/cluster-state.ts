import type { EventDocument } from '@lovage/protocol';
import { isFinal } from '@lovage/protocol';
import { identity, number } from './fields.ts';
import { LruMap } from './lru-map.ts';
import type { TaskCounters } from './task-counters.ts';
import { CountersByName, copyCounts } from './task-counters.ts';
import { TaskRecord } from './task-record.ts';
import type { TaskView } from './task-view.ts';
import { viewTask } from './task-view.ts';
import type { WorkerView } from './worker-record.ts';
import { WorkerRecord } from './worker-record.ts';

export interface ClusterStateOptions {
  /** Tasks that are remembered: those heard of last. Default 10,000. */
  readonly maxTasks?: number;
  /** Default 5,000. */
  readonly maxWorkers?: number;
  /** Names of tasks that are counted; more are counted together. Default 1,000. */
  readonly maxTaskNames?: number;
  /** `prune` forgets finished tasks of which nothing was heard for so long, in ms. Default 24 hours. */
  readonly keepTasksMs?: number;
  /** `prune` forgets workers that have been dead for so long, in ms. Default 1 hour. */
  readonly keepWorkersMs?: number;
}

/** Which tasks, newest first. */
export interface TaskQuery {
  readonly name?: string;
  readonly state?: string;
  /** The node that runs it, or ran it last. */
  readonly worker?: string;
  readonly parentId?: string;
  readonly rootId?: string;
  /** So many at most. */
  readonly limit?: number;
}

export interface ClusterCounters {
  /** Events taken, of any type. */
  readonly events: number;
  /** Of these, such as could not be used: without the id of a task, or with a time that is none. */
  readonly ignored: number;
  /** Of the tasks that are remembered, how many are in each state. */
  readonly states: ReadonlyMap<string, number>;
  /** Of all tasks, by their names. */
  readonly tasks: ReadonlyMap<string, TaskCounters>;
  /** Of tasks whose name never became known, and of names beyond `maxTaskNames`. */
  readonly otherTasks: TaskCounters;
}

/**
 * What a cluster does, from its events: a pure reducer, bounded whatever comes. The order in which events of a task or
 * a worker arrive does not matter, as long as they are remembered.
 *
 * @example
 * const state = new ClusterState();
 * await app.events.receiver({ onEvent: (event) => state.apply(event) });
 * for (const task of state.tasks({ state: 'FAILURE', limit: 20 })) console.log(task.name, task.exception);
 */
export class ClusterState {
  readonly #keepTasksMs: number;
  readonly #keepWorkersMs: number;
  readonly #tasks: LruMap<TaskRecord>;
  readonly #workers: LruMap<WorkerRecord>;
  readonly #counters: CountersByName;
  readonly #states = new Map<string, number>();
  #events = 0;
  #ignored = 0;

  /** @throws RangeError for a bound that is no whole number from 1 */
  constructor(options: ClusterStateOptions = {}) {
    const { maxTasks = 10_000, maxWorkers = 5000, maxTaskNames = 1000 } = options;
    for (const [name, bound] of Object.entries({ maxTasks, maxWorkers, maxTaskNames })) {
      if (!Number.isSafeInteger(bound) || bound < 1) {
        throw new RangeError(`${name} must be a whole number from 1, not ${bound}`);
      }
    }
    this.#keepTasksMs = options.keepTasksMs ?? 86_400_000;
    this.#keepWorkersMs = options.keepWorkersMs ?? 3_600_000;
    this.#counters = new CountersByName(maxTaskNames);
    this.#workers = new LruMap(maxWorkers);
    this.#tasks = new LruMap(maxTasks, (task) => {
      this.#countState(task.state, -1);
      task.forget(this.#counters);
    });
  }

  /** Takes one event. Never throws: what cannot be used is counted. Types of users' own count, and change nothing. */
  apply(event: EventDocument): void {
    this.#events += 1;
    const { type } = event;
    const dash = typeof type === 'string' ? type.indexOf('-') : -1;
    const group = dash === -1 ? '' : type.slice(0, dash);
    if (group !== 'task' && group !== 'worker') return;
    const subject = type.slice(dash + 1);
    const hostname = identity(event, 'hostname');
    const timestamp = number(event, 'timestamp');
    if (hostname === undefined || timestamp === undefined || subject === '' || subject.length > 100) {
      this.#ignored += 1;
      return;
    }
    const receivedMs = (number(event, 'local_received') ?? timestamp) * 1000;
    if (group === 'worker') this.#worker(hostname).apply(subject, event, receivedMs);
    else this.#applyToTask(subject, event, receivedMs);
  }

  task(uuid: string): TaskView | undefined {
    const task = this.#tasks.get(uuid);
    return task && viewTask(task);
  }

  /** Those heard of last come first. */
  *tasks(query: TaskQuery = {}): Generator<TaskView, void> {
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    for (const task of this.#tasks.newestFirst()) {
      if (left <= 0) return;
      if (query.state !== undefined && task.state !== query.state) continue;
      if (query.name !== undefined && task.name !== query.name) continue;
      const view = viewTask(task);
      if (!matches(view, query)) continue;
      yield view;
      left -= 1;
    }
  }

  /** @param nowMs epoch ms, to tell who is alive */
  worker(hostname: string, nowMs: number): WorkerView | undefined {
    return this.#workers.get(hostname)?.view(nowMs);
  }

  /** All that are remembered, dead ones too; by their names. */
  workers(nowMs: number): readonly WorkerView[] {
    const views = this.#workers.newestFirst().map((worker) => worker.view(nowMs));
    return views.sort((one, other) => (one.hostname < other.hostname ? -1 : 1));
  }

  /** Names of tasks that were heard of, in their order. */
  taskNames(): readonly string[] {
    return [...this.#counters.byName.keys()].sort();
  }

  /** As they are now: a copy. */
  counters(): ClusterCounters {
    const { byName, other } = this.#counters;
    return {
      events: this.#events,
      ignored: this.#ignored,
      states: new Map(this.#states),
      tasks: new Map([...byName].map(([name, counters]) => [name, copyCounts(counters)])),
      otherTasks: copyCounts(other),
    };
  }

  /** Forgets what is over for long. Answers how many. */
  prune(nowMs: number): { readonly tasks: number; readonly workers: number } {
    const tasks = this.#tasks
      .newestFirst()
      .filter(({ state, heardMs }) => isFinal(state) && heardMs + this.#keepTasksMs < nowMs);
    for (const { uuid } of tasks) this.#tasks.delete(uuid);
    const workers = this.#workers
      .newestFirst()
      .filter(({ aliveUntilMs, heardMs }) => Math.max(aliveUntilMs, heardMs) + this.#keepWorkersMs < nowMs);
    for (const { hostname } of workers) this.#workers.delete(hostname);
    return { tasks: tasks.length, workers: workers.length };
  }

  #applyToTask(subject: string, event: EventDocument, receivedMs: number): void {
    const uuid = identity(event, 'uuid');
    if (uuid === undefined) {
      this.#ignored += 1;
      return;
    }
    // Who calls is no worker.
    if (subject !== 'sent') this.#worker(event.hostname).hear(receivedMs);
    const before = this.#tasks.get(uuid)?.state;
    const task = this.#tasks.use(uuid, () => new TaskRecord(uuid));
    task.apply(subject, event, this.#counters);
    task.heardMs = Math.max(task.heardMs, receivedMs);
    if (before === task.state) return;
    if (before !== undefined) this.#countState(before, -1);
    this.#countState(task.state, 1);
  }

  #worker(hostname: string): WorkerRecord {
    return this.#workers.use(hostname, () => new WorkerRecord(hostname));
  }

  #countState(state: string, by: 1 | -1): void {
    const count = (this.#states.get(state) ?? 0) + by;
    if (count === 0) this.#states.delete(state);
    else this.#states.set(state, count);
  }
}

function matches(view: TaskView, { worker, parentId, rootId }: TaskQuery): boolean {
  return (
    (worker === undefined || view.worker === worker) &&
    (parentId === undefined || view.parentId === parentId) &&
    (rootId === undefined || view.rootId === rootId)
  );
}

/** What happened to tasks of one name, since this monitor started. */
export interface TaskCounters {
  readonly sent: number;
  readonly received: number;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly retried: number;
  readonly revoked: number;
  readonly rejected: number;
  /** Of those that succeeded, in seconds. */
  readonly runtime: RuntimeCounters;
}

export interface RuntimeCounters {
  readonly count: number;
  readonly sum: number;
  /** 0 while there is none. */
  readonly min: number;
  readonly max: number;
}

export type CountedStage = Exclude<keyof TaskCounters, 'runtime'>;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Counting = Writable<Omit<TaskCounters, 'runtime'>> & { runtime: Writable<RuntimeCounters> };

/** Counters of tasks by their names, so many names at most. */
export class CountersByName {
  readonly #byName = new Map<string, Counting>();
  readonly #maxNames: number;
  /** Of tasks whose name never became known, and of names beyond the bound. */
  readonly other: TaskCounters = noCounts();

  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  get byName(): ReadonlyMap<string, TaskCounters> {
    return this.#byName;
  }

  /** Where to count a task of this name. */
  of(name: string | undefined): TaskCounters {
    if (name === undefined) return this.other;
    const known = this.#byName.get(name);
    if (known) return known;
    if (this.#byName.size >= this.#maxNames) return this.other;
    const fresh = noCounts();
    this.#byName.set(name, fresh);
    return fresh;
  }
}

export function noCounts(): Counting {
  return {
    sent: 0,
    received: 0,
    started: 0,
    succeeded: 0,
    failed: 0,
    retried: 0,
    revoked: 0,
    rejected: 0,
    runtime: { count: 0, sum: 0, min: 0, max: 0 },
  };
}

export function count(into: TaskCounters, stage: CountedStage, runtime: number | undefined): void {
  const counting = into as Counting;
  counting[stage] += 1;
  if (stage === 'succeeded' && runtime !== undefined) {
    addRuntimes(counting.runtime, { count: 1, sum: runtime, min: runtime, max: runtime });
  }
}

export function addCounts(into: TaskCounters, more: TaskCounters): void {
  const counting = into as Counting;
  const { runtime, ...stages } = more;
  for (const [stage, times] of Object.entries(stages)) counting[stage as CountedStage] += times;
  addRuntimes(counting.runtime, runtime);
}

export function copyCounts(counters: TaskCounters): TaskCounters {
  return { ...counters, runtime: { ...counters.runtime } };
}

function addRuntimes(into: Writable<RuntimeCounters>, more: RuntimeCounters): void {
  if (more.count === 0) return;
  into.min = into.count === 0 ? more.min : Math.min(into.min, more.min);
  into.max = Math.max(into.max, more.max);
  into.count += more.count;
  into.sum += more.sum;
}

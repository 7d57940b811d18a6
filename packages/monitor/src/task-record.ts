import type { EventDocument } from '@lovage/protocol';
import { amount } from './fields.ts';
import { isLater, momentOf } from './moment.ts';
import type { TaskCounters } from './task-counters.ts';
import { addCounts, type CountersByName, count, noCounts } from './task-counters.ts';
import type { Stages } from './task-stages.ts';
import { deciding, readFields, stageOf } from './task-stages.ts';

/** One task: the last event of each kind. */
export class TaskRecord {
  readonly uuid: string;
  readonly stages: Stages = {};
  /** Epoch ms of the last that was heard of it. */
  heardMs = 0;
  #state = 'PENDING';
  /** Until an event tells its name: those of workers do not, after the first. */
  #uncounted: TaskCounters | undefined;

  constructor(uuid: string) {
    this.uuid = uuid;
  }

  get state(): string {
    return this.#state;
  }

  get name(): string | undefined {
    const { received, sent, custom } = this.stages;
    return received?.fields.name ?? sent?.fields.name ?? custom?.fields.name;
  }

  /** Takes what follows `task-` in its type. */
  apply(subject: string, event: EventDocument, counters: CountersByName): void {
    const [name, state] = stageOf(subject);
    const moment = momentOf(event);
    const known = this.stages[name];
    if (!known || isLater(moment, known)) {
      this.stages[name] = { ...moment, state, fields: readFields(name, event) } as never;
      this.#state = deciding(this.stages, isLater)!.state;
    }
    this.#countLate(counters);
    if (name === 'custom') return;
    const runtime = name === 'succeeded' ? amount(event, 'runtime') : undefined;
    count(this.#countsIn(counters), name, runtime);
  }

  /** What could not be counted under its name goes without one. */
  forget(counters: CountersByName): void {
    if (this.#uncounted) addCounts(counters.other, this.#uncounted);
    this.#uncounted = undefined;
  }

  #countsIn(counters: CountersByName): TaskCounters {
    const { name } = this;
    if (name !== undefined) return counters.of(name);
    this.#uncounted ??= noCounts();
    return this.#uncounted;
  }

  /** Its name has become known. */
  #countLate(counters: CountersByName): void {
    if (!this.#uncounted || this.name === undefined) return;
    addCounts(counters.of(this.name), this.#uncounted);
    this.#uncounted = undefined;
  }
}

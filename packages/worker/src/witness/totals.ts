import type { TaskHeaders } from '@lovage/protocol';
import type { Witness } from './witness.ts';

/** Counts the executions that were begun, since the worker started. */
export class Totals implements Witness {
  readonly #byTask = new Map<string, number>();
  #all = 0;

  /** By the name of the task. */
  get byTask(): ReadonlyMap<string, number> {
    return this.#byTask;
  }

  get all(): number {
    return this.#all;
  }

  started({ task }: TaskHeaders): void {
    this.#byTask.set(task, (this.#byTask.get(task) ?? 0) + 1);
    this.#all += 1;
  }
}

import type { App } from '@lovage/app';
import type { TaskHeaders } from '@lovage/protocol';
import type { WorkerPlan } from './options.ts';

/** The time limits of one execution in seconds; undefined: none. */
export interface Limits {
  readonly hardS: number | undefined;
  readonly softS: number | undefined;
}

/** The time limits of tasks as they are now: remote control may change them. */
export class TimeLimitTable {
  readonly #app: App;
  readonly #plan: WorkerPlan;
  readonly #changed = new Map<string, Limits>();

  constructor(app: App, plan: WorkerPlan) {
    this.#app = app;
    this.#plan = plan;
  }

  /** For executions that start from now on. */
  set(task: string, limits: Limits): void {
    this.#changed.set(task, limits);
  }

  /** The message's own limits win over the task's, and those over the worker's; 0 is none, as in Celery. */
  of({ task, timelimit: [hard, soft] }: TaskHeaders): Limits {
    const plan = this.#plan;
    const own = this.#changed.get(task) ?? this.#own(task);
    return {
      hardS: hard || own.hardS || plan.timeLimitS || undefined,
      softS: soft || own.softS || plan.softTimeLimitS || undefined,
    };
  }

  #own(task: string): Limits {
    const options = this.#app.tasks.get(task)?.options;
    return { hardS: options?.timeLimit ?? undefined, softS: options?.softTimeLimit ?? undefined };
  }
}

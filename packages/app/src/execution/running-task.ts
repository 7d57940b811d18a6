import { TimeLimit } from '@lovage/contracts';
import type { ResultTuple, SignatureDict } from '@lovage/protocol';
import { saferepr } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { Link } from '../call/options.ts';
import { addToChord } from '../canvas/add-to-chord.ts';
import { Ignore, MaxRetriesExceededError, Retry, SoftTimeLimitExceeded } from '../errors.ts';
import type { WithLock } from '../locks/with-lock.ts';
import type { Logger } from '../logger/logger.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { ResolvedTaskOptions } from '../task/options.ts';
import type { AnyTask } from '../task/task.ts';
import { inPlaceOf, Replaced } from './replace.ts';
import type { TaskRequest } from './request.ts';
import type { RetryOptions, TaskSelf } from './self.ts';

/** One run of a task, as the task sees it. What costs something is made when it is first asked for. */
export class RunningTask implements TaskSelf {
  readonly app: App;
  readonly task: AnyTask;
  readonly request: TaskRequest;
  readonly options: ResolvedTaskOptions;
  readonly #worker: AbortSignal;
  readonly #report: (state: string, meta: unknown) => void;
  /** What `self.retry({ maxRetries })` said last: automatic retries respect it from then on. */
  maxRetriesOverride: number | null | undefined;
  /** What was sent while it ran. */
  readonly trail: ResultTuple[] = [];
  /** How many results that is, members of groups counted too. */
  trailSize = 0;
  #logger: Logger | undefined;
  #controller: AbortController | undefined;

  constructor(
    app: App,
    task: AnyTask,
    request: TaskRequest,
    context: { readonly signal: AbortSignal; report(state: string, meta: unknown): void },
  ) {
    this.app = app;
    this.task = task;
    this.request = request;
    this.options = task.options;
    this.#worker = context.signal;
    this.#report = (state, meta) => context.report(state, meta);
  }

  get name(): string {
    return this.task.name;
  }

  get maxRetries(): number | null {
    return this.options.maxRetries;
  }

  get logger(): Logger {
    this.#logger ??= this.app.logger.child({ taskName: this.name, taskId: this.request.id });
    return this.#logger;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      const abort = () => controller.abort(stopReason(this.#worker));
      if (this.#worker.aborted) abort();
      else this.#worker.addEventListener('abort', abort, { once: true });
      this.#controller = controller;
    }
    return this.#controller.signal;
  }

  get withLock(): WithLock {
    return this.app.withLock;
  }

  updateState(state: string, meta: unknown = null): void {
    this.#report(state, meta);
  }

  sendEvent(type: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    return this.app.events.send(type, { uuid: this.request.id, ...fields });
  }

  replace(signature: Link): never {
    const dict = 'toJSON' in signature ? signature.toJSON() : signature;
    if (this.request.calledDirectly) throw new Ignore('Replaced by new task');
    const errbacksOnHeaders = this.app.conf.taskAllowErrorCbOnChordHeader;
    throw new Replaced(inPlaceOf(this.request, dict, { errbacksOnHeaders }));
  }

  async addToChord<Value>(signature: { toJSON(): SignatureDict }): Promise<AsyncResult<Value>> {
    return addToChord<Value>(this.app, this.request, signature.toJSON());
  }

  retry(options: RetryOptions = {}): never {
    const { exc, args, kwargs } = options;
    if (options.countdown !== undefined && options.eta !== undefined) {
      throw new TypeError('self.retry() takes countdown or eta, not both');
    }
    if (this.request.calledDirectly) throw exc ?? new Retry({ countdownS: 0 });

    if (options.maxRetries !== undefined) this.maxRetriesOverride = options.maxRetries;
    const maxRetries = options.maxRetries === undefined ? this.options.maxRetries : options.maxRetries;
    if (maxRetries !== null && this.request.retries + 1 > maxRetries) {
      throw exc ?? this.#exhausted(args ?? this.request.args, kwargs ?? this.request.kwargs);
    }
    throw new Retry({ exc, countdownS: this.#delay(options), args, kwargs });
  }

  #delay({ countdown, eta }: RetryOptions): number {
    if (eta !== undefined) return Math.max(0, (eta.getTime() - Date.now()) / 1000);
    return Math.max(0, countdown ?? this.options.defaultRetryDelay);
  }

  #exhausted(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): MaxRetriesExceededError {
    return new MaxRetriesExceededError(
      `Can't retry ${this.name}[${this.request.id}] args:${saferepr(args)} kwargs:${saferepr(kwargs)}`,
    );
  }
}

/** What the task's own signal is aborted with, when the worker's was. */
export function stopReason(worker: AbortSignal): unknown {
  return worker.reason instanceof TimeLimit ? new SoftTimeLimitExceeded() : worker.reason;
}

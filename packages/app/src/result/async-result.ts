import type { ResultRecord } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { ErrorInfo, ResultTuple, TaskMeta } from '@lovage/protocol';
import { isFinal, PROPAGATE_STATES, readMeta, readResultTuple } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { RevokeOptions } from '../control/control.ts';
import { InvalidCall, OperationalError, WouldBlockError } from '../errors.ts';
import { currentTask } from '../execution/current.ts';
import { collect } from './collect.ts';
import type { GroupResult } from './group-result.ts';
import { TaskError } from './task-error.ts';
import { observe, waitForEnd } from './waiting.ts';

export interface GetOptions {
  /** Seconds to wait, then TimeoutError. Default: for ever. */
  readonly timeout?: number;
  /** Seconds between questions while the result store cannot be watched. Default 0.5. */
  readonly interval?: number;
  /** False: a failure is the answer (a TaskError), not a rejection. Default true. */
  readonly propagate?: boolean;
  /** Stop waiting when it aborts, with its reason. */
  readonly signal?: AbortSignal;
  /** False: allow waiting inside a task, which can block a worker for good. Default true. */
  readonly disableSyncSubtasks?: boolean;
}

/** One state of a task on its way. */
export interface TaskUpdate<Value> {
  readonly state: string;
  /** What the task gave `updateState`; of a failure, its TaskError. */
  readonly info: unknown;
  /** The result, once the state is SUCCESS. */
  readonly result: Value | undefined;
}

/** How a call that ran in this process ended. */
interface Ended {
  readonly state: string;
  readonly value: unknown;
  readonly error: TaskError | undefined;
}

/**
 * A task's future. Its questions are methods that answer promises, for each asks the result store:
 * `await result.state()` where Celery says `result.state`. Once the task has ended no more questions are asked.
 *
 * @example
 * const total = await (await add.delay(2, 3)).get({ timeout: 10 });
 */
export class AsyncResult<Value = unknown> {
  readonly id: string;
  /** The task's name, where it is known. */
  readonly task: string | undefined;
  /** The result of the call before it in a chain, where this process made that. */
  readonly parent: AsyncResult<unknown> | GroupResult | undefined;
  /** True when the call said that nobody wants its result. */
  readonly ignored: boolean;
  /** Set for eager calls: how they ended. */
  readonly ended: Ended | undefined;
  readonly #app: App;
  #final: TaskMeta | undefined;

  constructor(
    app: App,
    id: string,
    known: {
      readonly task?: string;
      readonly parent?: AsyncResult<unknown> | GroupResult | undefined;
      readonly ignored?: boolean;
      readonly ended?: Ended;
    } = {},
  ) {
    this.#app = app;
    this.id = id;
    this.task = known.task;
    this.parent = known.parent;
    this.ignored = known.ignored ?? false;
    this.ended = known.ended;
  }

  /**
   * Wait for the end, and answer the task's result.
   * @throws TaskError when it failed or was revoked, unless `propagate` is false
   * @throws TimeoutError when it has not ended after `timeout`
   * @throws WouldBlockError inside a task
   * @throws InvalidCall when the call said that its result is ignored: it would never come
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<Value | TaskError>;
  get(options?: GetOptions): Promise<Value>;
  async get(options: GetOptions = {}): Promise<Value | TaskError> {
    if ((options.disableSyncSubtasks ?? true) && currentTask()) throw new WouldBlockError();
    if (this.ended) return this.#answer(this.ended.state, this.ended.value, this.ended.error, options);
    if (this.ignored) {
      throw new InvalidCall(`the result of ${this.#title()} is ignored: it would never come`);
    }
    const meta = this.#final ?? (await this.#untilFinal(options));
    return this.#answer(meta.status, meta.result, errorOf(meta), options);
  }

  /** PENDING (also of ids that never were), STARTED, RETRY, SUCCESS, FAILURE, REVOKED, or a task's own state. */
  async state(): Promise<string> {
    return this.ended?.state ?? (await this.meta())?.status ?? 'PENDING';
  }

  /** Celery's other name for `state()`. */
  status(): Promise<string> {
    return this.state();
  }

  /** What is kept with the state: the result, what the task gave `updateState`, or a TaskError. */
  async info(): Promise<unknown> {
    if (this.ended) return this.ended.error ?? this.ended.value;
    const meta = await this.meta();
    return meta && (errorOf(meta) ?? meta.result);
  }

  /** The same, under Celery's other name. */
  result(): Promise<unknown> {
    return this.info();
  }

  /** The remote stack of a failure. */
  async traceback(): Promise<string | null> {
    return this.ended ? (this.ended.error?.traceback ?? null) : ((await this.meta())?.traceback ?? null);
  }

  /** Has it ended, one way or the other? */
  async ready(): Promise<boolean> {
    return isFinal(await this.state());
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS';
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE';
  }

  /** Everything that is kept of the task; undefined when nothing is, or nothing yet. */
  async meta(): Promise<TaskMeta | undefined> {
    if (this.#final) return this.#final;
    const results = await this.#app.resultBackend();
    try {
      const record = (await results.fetch([this.id])).get(this.id);
      return record && this.#remember(record);
    } catch (error) {
      throw operational(error, 'cannot read the result');
    }
  }

  /** What the task sent while it ran, and what followed its success. */
  async children(): Promise<readonly (AsyncResult | GroupResult)[]> {
    const tuples = ((await this.meta())?.children ?? []).map(readResultTuple);
    return tuples.flatMap((tuple) => (tuple ? [this.#app.resultFrom(tuple)] : []));
  }

  /**
   * This result and those of all that came of it, once they are there: each with its value, breadth first.
   * @throws TaskError of the first that failed, unless `propagate` is false
   *
   * @example
   * for await (const [result, value] of outcome.collect({ timeout: 60 })) console.log(result.id, value);
   */
  collect(options: GetOptions = {}): AsyncGenerator<readonly [AsyncResult | GroupResult, unknown], void> {
    return collect(this, options);
  }

  /** Its form in result documents and on the wire: `[[id, parent], null]`. */
  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], null];
  }

  /** Drop what is kept of it. Nobody can ask for it afterwards. */
  async forget(): Promise<void> {
    this.#final = undefined;
    if (this.ended && !this.#app.conf.taskStoreEagerResult) return;
    const results = await this.#app.resultBackend();
    try {
      await results.forget([this.id]);
    } catch (error) {
      throw operational(error, 'cannot forget the result');
    }
  }

  /** Ask all workers not to run it: `app.control.revoke`. With `terminate`, one that runs it stops it with `signal`. */
  async revoke(options: RevokeOptions = {}): Promise<void> {
    await this.#app.control.revoke(this.id, options);
  }

  /**
   * The task's states as they come, the present one first, until it has ended. States that follow each other fast
   * may be skipped; the last never is.
   *
   * @example
   * for await (const { state, info } of result.updates()) console.log(state, info);
   */
  async *updates(
    options: Pick<GetOptions, 'interval' | 'signal'> = {},
  ): AsyncGenerator<TaskUpdate<Value>, void> {
    if (this.ended) return yield this.#update(this.ended.state, this.ended.value, this.ended.error);
    const present = async () => {
      const results = await this.#app.resultBackend();
      // While the store is away there is nothing to find; the waiter asks again.
      return results.fetch([this.id]).then(
        (records) => records.get(this.id),
        () => undefined,
      );
    };
    yield* observe(await this.#app.waiter(), this.id, options, present, (record) => {
      const meta = this.#remember(record);
      return this.#update(meta.status, meta.result, errorOf(meta));
    });
  }

  async #untilFinal(options: GetOptions): Promise<TaskMeta> {
    const record = await waitForEnd(await this.#app.waiter(), this.id, options);
    return this.#remember(record);
  }

  #remember(record: ResultRecord): TaskMeta {
    const meta = readMeta(record.payload);
    if (record.final) this.#final = meta;
    return meta;
  }

  #answer(
    state: string,
    value: unknown,
    error: TaskError | undefined,
    { propagate = true }: GetOptions,
  ): Value | TaskError {
    if (!error) return value as Value;
    if (propagate && (PROPAGATE_STATES.has(state) || this.ended)) throw error;
    return error;
  }

  #update(state: string, value: unknown, error: TaskError | undefined): TaskUpdate<Value> {
    return { state, info: error ?? value, result: state === 'SUCCESS' ? (value as Value) : undefined };
  }

  #title(): string {
    return this.task ? `${this.task}[${this.id}]` : this.id;
  }
}

/** The error in a record of FAILURE, REVOKED or RETRY. */
function errorOf({ status, result, traceback }: TaskMeta): TaskError | undefined {
  const isError = result !== null && (PROPAGATE_STATES.has(status) || status === 'RETRY');
  return isError ? new TaskError(result as ErrorInfo, traceback) : undefined;
}

function operational(error: unknown, what: string): unknown {
  return error instanceof DriverError
    ? new OperationalError(`${what}: ${error.message}`, { cause: error })
    : error;
}

import { groupSignature, plainSignature } from '@lovage/protocol';
import type { App } from '../app.ts';
import { applyTask } from '../call/eager.ts';
import type { CallOptions } from '../call/options.ts';
import { callTask } from '../call/send.ts';
import { Signature } from '../call/signature.ts';
import type { Open } from '../canvas/types.ts';
import { Group } from '../canvas/workflow.ts';
import { InvalidCall } from '../errors.ts';
import { directSelf } from '../execution/direct-self.ts';
import type { TaskSelf } from '../execution/self.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { ResolvedTaskOptions, TaskOptions } from './options.ts';
import { resolveTaskOptions } from './resolve-options.ts';
import type { MustBeSendable } from './sendable.ts';

/** The last arguments of a list: what a signature may fix while the first come from the task before it. */
export type Suffix<Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Rest]
  ? Args | Suffix<Rest>
  : Args;

/** How a task is called. `Args` are its arguments, `Value` what its result resolves to. */
export interface Calls<Args extends readonly unknown[], Value> {
  /** The name under which every language knows it. */
  readonly name: string;

  /**
   * Send a call. Resolves when the broker has it.
   * @throws OperationalError when the broker does not take it within `lovagePublishTimeout`
   * @throws InvalidArguments when the task's schema refuses the arguments
   *
   * @example
   * const result = await add.delay(2, 3);
   * console.log(await result.get({ timeout: 10 }));
   */
  delay<Given extends Args>(...args: Given & MustBeSendable<Given>): Promise<AsyncResult<Value>>;

  /**
   * Send a call with options.
   * @throws InvalidCall for options that make no sense, and what `delay` throws
   *
   * @example
   * await remind.applyAsync(['ann@example.com'], { countdown: 3600, queue: 'mail' });
   */
  applyAsync<Given extends Args>(
    args: Given & MustBeSendable<Given>,
    options?: CallOptions & { readonly kwargs?: never },
  ): Promise<AsyncResult<Value>>;
  /** With keyword arguments, the positional ones may be fewer. */
  applyAsync(
    args: Partial<Args>,
    options: CallOptions & { readonly kwargs: Readonly<Record<string, unknown>> },
  ): Promise<AsyncResult<Value>>;

  /** Run it here and now, without a broker: retries are run in place, limits are not kept. */
  apply(args: Args, options?: CallOptions): Promise<AsyncResult<Value>>;

  /** A call not yet sent, for chains, groups and links. What runs before it may put arguments in front. */
  s<Given extends Suffix<Args>>(...args: Given): Signature<Value, Open<Args, Given>>;

  /** The same, but nothing is put in front. */
  si(...args: Args): Signature<Value>;

  signature<Given extends Suffix<Args>>(
    args: Given,
    options?: CallOptions,
  ): Signature<Value, Open<Args, Given>>;

  /** The task for each item of a list, one after the other in one message: the item is its first argument. */
  map(items: readonly Args[0][]): Signature<Value[]>;

  /** The same, each item being the list of its arguments. */
  starmap(items: readonly Args[]): Signature<Value[]>;

  /** The same as a group of messages, each of so many items. */
  chunks(items: readonly Args[], size: number): Group<Value[][]>;
}

/** A task of one app: a function under a name, that can be called from anywhere. Made by `app.task()`. */
export class Task<Args extends readonly unknown[] = readonly unknown[], Value = unknown>
  implements Calls<Args, Value>
{
  readonly app: App;
  readonly name: string;
  /** Where it was defined, for messages about it. */
  readonly file: string;
  /** It takes what a failed task's message tells of its failure: made by `app.errback()`. */
  readonly isErrback: boolean;
  readonly #fn: (...args: never[]) => unknown;
  readonly #own: TaskOptions;
  #resolved: ResolvedTaskOptions | undefined;

  constructor(
    app: App,
    definition: {
      readonly name: string;
      readonly options: TaskOptions;
      readonly fn: (...args: never[]) => unknown;
      readonly file: string;
      readonly isErrback?: boolean;
    },
  ) {
    this.app = app;
    this.name = definition.name;
    this.file = definition.file;
    this.isErrback = definition.isErrback ?? false;
    this.#own = definition.options;
    this.#fn = definition.fn;
  }

  /** Its options, with every blank filled from the settings. Asking for them freezes the settings. */
  get options(): ResolvedTaskOptions {
    this.#resolved ??= resolveTaskOptions(this.name, this.#own, this.app.conf);
    return this.#resolved;
  }

  /** The function itself, called here and now: no message, no retries. */
  run(...args: Args): Value | Promise<Value> {
    return this.invoke(directSelf(this), args) as Value | Promise<Value>;
  }

  /** Calls the function, with `self` in front where the task wants it. Used by `perform`. */
  invoke(self: TaskSelf, args: readonly unknown[]): unknown {
    const fn = this.#fn as (...all: readonly unknown[]) => unknown;
    return this.#own.bind ? fn(self, ...args) : fn(...args);
  }

  delay<Given extends Args>(...args: Given & MustBeSendable<Given>): Promise<AsyncResult<Value>> {
    return callTask<Value>(this, args, {});
  }

  applyAsync<Given extends Args>(
    args: Given & MustBeSendable<Given>,
    options?: CallOptions & { readonly kwargs?: never },
  ): Promise<AsyncResult<Value>>;
  applyAsync(
    args: Partial<Args>,
    options: CallOptions & { readonly kwargs: Readonly<Record<string, unknown>> },
  ): Promise<AsyncResult<Value>>;
  applyAsync(args: Partial<Args>, options: CallOptions = {}): Promise<AsyncResult<Value>> {
    return callTask<Value>(this, args, options);
  }

  apply(args: Args, options: CallOptions = {}): Promise<AsyncResult<Value>> {
    return applyTask<Value>(this, args, options);
  }

  s<Given extends Suffix<Args>>(...args: Given): Signature<Value, Open<Args, Given>> {
    return new Signature(this.app, { task: this.name, args });
  }

  si(...args: Args): Signature<Value> {
    return new Signature<Value>(this.app, { task: this.name, args, immutable: true });
  }

  signature<Given extends Suffix<Args>>(
    args: Given,
    options: CallOptions = {},
  ): Signature<Value, Open<Args, Given>> {
    return new Signature(this.app, { task: this.name, args, options });
  }

  map(items: readonly Args[0][]): Signature<Value[]> {
    return this.#many('celery.map', items);
  }

  starmap(items: readonly Args[]): Signature<Value[]> {
    return this.#many('celery.starmap', items);
  }

  chunks(items: readonly Args[], size: number): Group<Value[][]> {
    if (!Number.isInteger(size) || size < 1) {
      throw new InvalidCall(`chunks of ${this.name}: the size must be a whole number from 1, not ${size}`);
    }
    const parts = Math.ceil(items.length / size);
    const messages = Array.from({ length: parts }, (_, index) =>
      this.starmap(items.slice(index * size, (index + 1) * size)).toJSON(),
    );
    return new Group(this.app, groupSignature(messages));
  }

  #many(name: string, items: readonly unknown[]): Signature<Value[]> {
    const kwargs = { task: plainSignature(this.name), it: items };
    return new Signature(this.app, { task: name, args: [], options: { kwargs }, immutable: true });
  }
}

/** Some task, whatever its arguments. */
export type AnyTask = Task;

import type { App } from '../app.ts';
import { applyTask } from '../call/eager.ts';
import type { CallOptions } from '../call/options.ts';
import { callTask } from '../call/send.ts';
import { Signature } from '../call/signature.ts';
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

  /** A call not yet sent, for links and later for chains. What runs before it may put arguments in front. */
  s(...args: Suffix<Args>): Signature<Value>;

  /** The same, but nothing is put in front. */
  si(...args: Args): Signature<Value>;

  signature(args: Suffix<Args>, options?: CallOptions): Signature<Value>;
}

/** A task of one app: a function under a name, that can be called from anywhere. Made by `app.task()`. */
export class Task<Args extends readonly unknown[] = readonly unknown[], Value = unknown>
  implements Calls<Args, Value>
{
  readonly app: App;
  readonly name: string;
  /** Where it was defined, for messages about it. */
  readonly file: string;
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
    },
  ) {
    this.app = app;
    this.name = definition.name;
    this.file = definition.file;
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

  s(...args: Suffix<Args>): Signature<Value> {
    return new Signature<Value>(this.app, { task: this.name, args });
  }

  si(...args: Args): Signature<Value> {
    return new Signature<Value>(this.app, { task: this.name, args, immutable: true });
  }

  signature(args: Suffix<Args>, options: CallOptions = {}): Signature<Value> {
    return new Signature<Value>(this.app, { task: this.name, args, options });
  }
}

/** Some task, whatever its arguments. */
export type AnyTask = Task;

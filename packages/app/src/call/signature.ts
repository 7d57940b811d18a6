import type { SignatureDict } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { CallOptions, Link } from './options.ts';
import { sendSignature } from './send.ts';
import { wireOptions } from './wire-options.ts';

/** A call of a task, not yet sent: the task's name, arguments and options, as a value. `Value` is what it will give. */
export class Signature<Value = unknown> {
  readonly app: App;
  readonly task: string;
  readonly args: readonly unknown[];
  readonly options: CallOptions;
  /** Takes no arguments from what runs before it. */
  readonly immutable: boolean;
  /** Never there: it carries the type of the result. */
  declare readonly gives?: Value;

  constructor(
    app: App,
    call: {
      readonly task: string;
      readonly args: readonly unknown[];
      readonly options?: CallOptions;
      readonly immutable?: boolean;
    },
  ) {
    this.app = app;
    this.task = call.task;
    this.args = call.args;
    this.options = call.options ?? {};
    this.immutable = call.immutable ?? false;
  }

  /** The same with these options over its own. */
  set(options: CallOptions): Signature<Value> {
    return new Signature<Value>(this.app, { ...this.#parts(), options: { ...this.options, ...options } });
  }

  /** The same, with one more signature that follows its success. */
  link(next: Link): Signature<Value> {
    return this.set({ link: [...asList(this.options.link), next] });
  }

  /** The same, with one more signature that follows its failure. */
  linkError(next: Link): Signature<Value> {
    return this.set({ linkError: [...asList(this.options.linkError), next] });
  }

  /** Send it, with these arguments in front unless it is immutable. */
  delay(...args: readonly unknown[]): Promise<AsyncResult<Value>> {
    return this.applyAsync(args);
  }

  /** Send it, with these arguments in front and these options over its own. */
  applyAsync(args: readonly unknown[] = [], options: CallOptions = {}): Promise<AsyncResult<Value>> {
    const all = this.immutable ? this.args : [...args, ...this.args];
    return sendSignature<Value>(this.app, this.task, all, { ...this.options, ...options });
  }

  /** Its form on the wire, in Celery's names. */
  toJSON(): SignatureDict {
    const { kwargs = {}, ...options } = this.options;
    return {
      task: this.task,
      args: this.args,
      kwargs,
      options: wireOptions(options),
      subtask_type: null,
      immutable: this.immutable,
    };
  }

  #parts() {
    return { task: this.task, args: this.args, options: this.options, immutable: this.immutable };
  }
}

const asList = (links: Link | readonly Link[] | undefined): readonly Link[] =>
  links === undefined ? [] : Array.isArray(links) ? links : [links as Link];

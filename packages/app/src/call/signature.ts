import type { SignatureDict, StampHeaders, StampingVisitor } from '@lovage/protocol';
import { listOf, stampsOf } from '@lovage/protocol';
import type { App } from '../app.ts';
import { checkStamps, type StampOptions, stamped } from '../canvas/stamping.ts';
import { Workflow } from '../canvas/workflow.ts';
import type { AsyncResult } from '../result/async-result.ts';
import { applyByName } from './eager.ts';
import type { CallOptions, Link } from './options.ts';
import { sendSignature } from './send.ts';
import { wireOptions } from './wire-options.ts';

type ArgumentsOf<Open> = Open extends readonly unknown[] ? Open : never;

/**
 * A call of a task, not yet sent: the task's name, arguments and options, as a value. `Value` is what it will give,
 * `Open` the arguments that may still be put in front of its own.
 */
export class Signature<Value = unknown, Open = readonly unknown[]> extends Workflow<Value, Open> {
  readonly app: App;
  readonly task: string;
  readonly args: readonly unknown[];
  readonly options: CallOptions;
  /** Takes no arguments from what runs before it. */
  readonly immutable: boolean;

  constructor(
    app: App,
    call: {
      readonly task: string;
      readonly args: readonly unknown[];
      readonly options?: CallOptions;
      readonly immutable?: boolean;
    },
  ) {
    super();
    this.app = app;
    this.task = call.task;
    this.args = call.args;
    this.options = call.options ?? {};
    this.immutable = call.immutable ?? false;
  }

  /** The same with these options over its own. */
  set(options: CallOptions): Signature<Value, Open> {
    return new Signature(this.app, { ...this.#parts(), options: this.#saying(options) });
  }

  /** The same with these arguments in front, unless it is immutable, and these options over its own. */
  clone(args: ArgumentsOf<Open> | [] = [], options: CallOptions = {}): Signature<Value, readonly unknown[]> {
    return new Signature(this.app, {
      ...this.#parts(),
      args: this.#with(args),
      options: this.#calledWith(options),
    });
  }

  override stamp(stamps: StampHeaders | StampingVisitor, options?: StampOptions): Signature<Value, Open> {
    const wire = stamped(this.toJSON(), stamps, options).options;
    const { link, linkError } = this.options;
    return new Signature(this.app, {
      ...this.#parts(),
      options: {
        ...this.options,
        stamps: stampsOf(wire),
        ...(link && { link: listOf(wire['link']) as readonly SignatureDict[] }),
        ...(linkError && { linkError: listOf(wire['link_error']) as readonly SignatureDict[] }),
      },
    });
  }

  /** The same, with one more signature that follows its success. */
  link(next: Link): Signature<Value, Open> {
    return this.set({ link: joined(this.options.link, next) });
  }

  /** The same, with one more signature that follows its failure. */
  linkError(next: Link): Signature<Value, Open> {
    return this.set({ linkError: joined(this.options.linkError, next) });
  }

  /** Send it, with these arguments in front unless it is immutable. */
  delay(...args: ArgumentsOf<Open>): Promise<AsyncResult<Value>> {
    return this.applyAsync(args);
  }

  /** Send it, with these arguments in front and these options over its own. */
  applyAsync(args?: ArgumentsOf<Open>, options: CallOptions = {}): Promise<AsyncResult<Value>> {
    return sendSignature<Value>(this.app, this.task, this.#with(args), this.#calledWith(options));
  }

  /** Run it here and now, without a broker. */
  apply(args?: ArgumentsOf<Open>, options: CallOptions = {}): Promise<AsyncResult<Value>> {
    return applyByName<Value>(this.app, this.task, this.#with(args), this.#calledWith(options));
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

  #with(args: readonly unknown[] = []): readonly unknown[] {
    return this.immutable ? this.args : [...args, ...this.args];
  }

  /** These options over its own. Keyword arguments and stamps come together; of stamps, those that it has stay. */
  #saying(options: CallOptions): CallOptions {
    const { kwargs, stamps } = this.options;
    return {
      ...this.options,
      ...options,
      ...(kwargs && { kwargs: { ...kwargs, ...options.kwargs } }),
      ...(stamps && { stamps: { ...(options.stamps && checkStamps(options.stamps)), ...stamps } }),
    };
  }

  /** As `#saying`, but one that is immutable takes no arguments, of either kind. */
  #calledWith({ kwargs, ...options }: CallOptions): CallOptions {
    return this.#saying(this.immutable || kwargs === undefined ? options : { ...options, kwargs });
  }

  #parts() {
    return { task: this.task, args: this.args, options: this.options, immutable: this.immutable };
  }
}

/** The links with one more; the same once more changes nothing, as in Celery. */
function joined(links: Link | readonly Link[] | undefined, next: Link): readonly Link[] {
  const all: readonly Link[] = links === undefined ? [] : Array.isArray(links) ? links : [links as Link];
  const same = JSON.stringify(next);
  return all.some((link) => JSON.stringify(link) === same) ? all : [...all, next];
}

import type { SignatureDict } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { CallOptions, Link } from '../call/options.ts';
import { Signature } from '../call/signature.ts';
import type { MustBeSendable } from '../task/sendable.ts';

/** What is called when a task has failed for good. Made by `app.errback()`; `Own` are the arguments it takes beside the failure. */
export class Errback<Own extends readonly unknown[] = readonly unknown[]> {
  readonly app: App;
  /** The name under which workers know it. */
  readonly name: string;

  constructor(app: App, name: string) {
    this.app = app;
    this.name = name;
  }

  /** What `linkError` is given; the arguments come after the failure. */
  s<Given extends Own>(...own: Given & MustBeSendable<Given>): ErrbackSignature {
    return new ErrbackSignature(new Signature(this.app, { task: this.name, args: own }));
  }

  /** The same with options of the call: a queue, a countdown. */
  signature<Given extends Own>(
    own: Given & MustBeSendable<Given>,
    options: CallOptions = {},
  ): ErrbackSignature {
    return new ErrbackSignature(new Signature(this.app, { task: this.name, args: own, options }));
  }
}

/** A call of an error callback, that waits for a failure. It is no step of a workflow: only `linkError` takes it. */
export class ErrbackSignature {
  readonly #signature: Signature;

  constructor(signature: Signature) {
    this.#signature = signature;
  }

  /** The same with these options over its own. */
  set(options: CallOptions): ErrbackSignature {
    return new ErrbackSignature(this.#signature.set(options));
  }

  /** The same, with one more signature that follows when the callback itself fails for good. */
  linkError(next: Link): ErrbackSignature {
    return new ErrbackSignature(this.#signature.linkError(next));
  }

  /** Its form on the wire, in Celery's names. */
  toJSON(): SignatureDict {
    return this.#signature.toJSON();
  }
}

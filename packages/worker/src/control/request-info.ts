import type { App } from '@lovage/app';
import type { Delivery, Envelope } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { argsRepr, json, readBody, saferepr } from '@lovage/protocol';
import type { HeldTask } from './panel.ts';

/** A task as `inspect` shows it (wire spec 8.2), keys in Celery's order. */
export interface RequestInfo {
  readonly id: string;
  readonly name: string;
  /** Values, or a text of them. */
  readonly args: unknown;
  readonly kwargs: unknown;
  readonly type: string;
  readonly hostname: string;
  /** Epoch seconds. */
  readonly time_start: number | null;
  readonly acknowledged: boolean;
  readonly delivery_info: {
    readonly exchange: string;
    readonly routing_key: string;
    /** 0 to 9, the higher the sooner, on every broker; null where the sender gave none. */
    readonly priority: number | null;
    readonly redelivered: boolean;
  };
  readonly worker_pid: number | null;
}

/** Of the arguments of one task, opened; those of larger ones are shown as text. */
const MAX_VALUES = 64 * 1024;
/** Of the arguments of all tasks in one answer. */
const MAX_ALL_VALUES = 4 * 1024 * 1024;
/** Characters of arguments as text: Celery's `argsrepr_maxsize`. */
const MAX_TEXT = 1024;
/** A sender's own text closes its brackets after that. */
const MAX_SENT_TEXT = MAX_TEXT + 100;

/** The parts of a task that hold for one that waits in the broker, too. */
export type Described = Omit<HeldTask, 'delivery'> & {
  readonly delivery: Pick<Delivery, 'envelope' | 'queue' | 'redelivered'>;
};

/**
 * Describes the tasks of one answer. Arguments are decoded for it, and the answer stays small whatever was sent:
 * where they are large, or many, they become the text that `safe` asks for.
 */
export class TaskDescriber {
  readonly #app: App;
  readonly #hostname: string;
  readonly #safe: boolean;
  #left = MAX_ALL_VALUES;

  constructor(app: App, hostname: string, { safe = false }: { readonly safe?: boolean } = {}) {
    this.#app = app;
    this.#hostname = hostname;
    this.#safe = safe;
  }

  info({ delivery, headers, startedMs, pid, acknowledged }: Described): RequestInfo {
    const { envelope, queue, redelivered } = delivery;
    return {
      id: headers.id,
      name: headers.shadow || headers.task,
      ...(this.#values(envelope) ?? this.#texts(envelope, headers)),
      type: headers.task,
      hostname: this.#hostname,
      time_start: startedMs === undefined ? null : startedMs / 1000,
      acknowledged,
      delivery_info: {
        exchange: '',
        routing_key: queue,
        priority: envelope.priority ?? null,
        redelivered,
      },
      worker_pid: pid ?? null,
    };
  }

  /** Undefined where they are not to be shown as values, or cannot be. */
  #values(envelope: Envelope): Shown | undefined {
    const most = Math.min(MAX_VALUES, this.#left);
    if (this.#safe || envelope.body.byteLength > most) return undefined;
    try {
      const { args, kwargs } = this.#open(envelope, most);
      // YAML knows values that an answer, which is JSON, cannot carry.
      if (envelope.contentType !== json.contentType) json.encode([args, kwargs]);
      this.#left -= envelope.headers['compression'] ? most : envelope.body.byteLength;
      return { args, kwargs };
    } catch {
      // Why a message cannot be read is told when its task is to run.
      return undefined;
    }
  }

  /** The sender's own texts, as in Celery; where it sent none, ours. */
  #texts(envelope: Envelope, { argsrepr, kwargsrepr }: TaskHeaders): Shown {
    if (argsrepr !== null && kwargsrepr !== null) {
      return { args: argsrepr.slice(0, MAX_SENT_TEXT), kwargs: kwargsrepr.slice(0, MAX_SENT_TEXT) };
    }
    try {
      const { args, kwargs } = this.#open(envelope, this.#app.conf.lovageMaxMessageBytes);
      return { args: argsRepr(args, MAX_TEXT), kwargs: saferepr(kwargs, { maxLength: MAX_TEXT }) };
    } catch {
      return { args: '', kwargs: '' };
    }
  }

  #open(envelope: Envelope, maxBytes: number) {
    return readBody(envelope, { accept: this.#app.acceptedContentTypes(), maxBytes });
  }
}

interface Shown {
  readonly args: unknown;
  readonly kwargs: unknown;
}

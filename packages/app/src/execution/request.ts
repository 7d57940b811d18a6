import type { SignatureDict } from '@lovage/protocol';

/** What a task can know of the call it serves: `self.request`, and `currentTask().request`. Celery's fields. */
export interface TaskRequest {
  readonly id: string;
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Another name to show in logs and events. */
  readonly shadow: string | null;
  /** ISO 8601, as it came. */
  readonly eta: string | null;
  readonly expires: string | null;
  /** How often it has been retried: 0 on the first run. */
  readonly retries: number;
  readonly isEager: boolean;
  /** True outside a worker and outside eager mode: the function was simply called. */
  readonly calledDirectly: boolean;
  /** [hard, soft] in seconds; null where the message sets none. */
  readonly timelimit: readonly [number | null, number | null];
  readonly callbacks: readonly SignatureDict[] | null;
  readonly errbacks: readonly SignatureDict[] | null;
  readonly chain: readonly SignatureDict[] | null;
  readonly chord: SignatureDict | null;
  readonly group: string | null;
  readonly groupIndex: number | null;
  readonly rootId: string;
  readonly parentId: string | null;
  readonly correlationId: string | null;
  readonly replyTo: string | null;
  /** Who sent it: `gen<pid>@<host>`. */
  readonly origin: string | null;
  /** The worker that runs it: `celery@host`. */
  readonly hostname: string | null;
  readonly deliveryInfo: {
    readonly exchange: string;
    readonly routingKey: string;
    readonly priority: number | null;
    readonly redelivered: boolean;
  };
  /** The sender's language: 'py', 'js'. */
  readonly lang: string | null;
  /** Custom headers. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly stampedHeaders: readonly string[] | null;
  readonly stamps: Readonly<Record<string, unknown>>;
  readonly replacedTaskNesting: number;
  readonly ignoreResult: boolean;
  readonly argsrepr: string | null;
  readonly kwargsrepr: string | null;
}

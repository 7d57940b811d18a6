import { constants } from 'node:os';
import type { Delivery } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { Report } from '../conclusion.ts';
import type { EventDispatcher } from '../events/dispatcher.ts';
import type { Revoking, Witness } from './witness.ts';

/** Celery shows this much of a result (`resultrepr_maxsize`). */
const MAX_RESULT = 1024;

export interface TaskEventsOptions {
  readonly dispatcher: EventDispatcher;
  /** False for tasks whose option `sendEvents` is off. */
  readonly wants: (task: string) => boolean;
  /** The arguments of a message whose headers do not show them, as old clients send them. */
  readonly describe: (
    delivery: Delivery,
    headers: TaskHeaders,
  ) => { readonly args: string; readonly kwargs: string };
}

/** Sends an event for each step, while events are on (wire spec 9.2; captures 61 to 69). */
export class TaskEvents implements Witness {
  readonly #dispatcher: EventDispatcher;
  readonly #options: TaskEventsOptions;

  constructor(options: TaskEventsOptions) {
    this.#dispatcher = options.dispatcher;
    this.#options = options;
  }

  received(delivery: Delivery, headers: TaskHeaders): void {
    if (!this.#on(headers)) return;
    const shown =
      headers.argsrepr == null || headers.kwargsrepr == null
        ? this.#options.describe(delivery, headers)
        : { args: headers.argsrepr, kwargs: headers.kwargsrepr };
    const { eta, expires } = delivery.envelope.headers;
    this.#dispatcher.sendTask('task-received', {
      uuid: headers.id,
      name: headers.shadow ?? headers.task,
      args: shown.args,
      kwargs: shown.kwargs,
      root_id: headers.rootId,
      parent_id: headers.parentId,
      retries: headers.retries,
      eta: textOrNull(eta),
      expires: textOrNull(expires),
    });
  }

  started(headers: TaskHeaders): void {
    if (this.#on(headers)) this.#dispatcher.sendTask('task-started', { uuid: headers.id });
  }

  ended(headers: TaskHeaders, report: Report): void {
    if (!this.#on(headers)) return;
    const uuid = headers.id;
    const { text, runtimeS: runtime, exception = text, traceback } = report;
    const trouble = { uuid, exception, ...(traceback ? { traceback } : {}) };
    switch (report.kind) {
      case 'succeeded':
        this.#dispatcher.sendTask('task-succeeded', { uuid, result: text.slice(0, MAX_RESULT), runtime });
        break;
      case 'failed':
      case 'unreadable':
        this.#dispatcher.sendTask('task-failed', trouble);
        break;
      case 'retried':
        this.#dispatcher.sendTask('task-retried', trouble);
        break;
      case 'rejected':
        this.#dispatcher.sendTask('task-rejected', { uuid, requeue: report.requeue ?? false });
        break;
      case 'ignored':
      // Celery has no event for it.
    }
  }

  revoked(headers: TaskHeaders, how: Revoking): void {
    if (!this.#on(headers)) return;
    const terminated = how.reason === 'terminated';
    this.#dispatcher.sendTask('task-revoked', {
      uuid: headers.id,
      terminated,
      signum: terminated ? (constants.signals[how.signal] ?? null) : null,
      expired: how.reason === 'expired',
    });
  }

  unknown(headers: TaskHeaders, error: string): void {
    if (this.#dispatcher.tasksOn)
      this.#dispatcher.sendTask('task-failed', { uuid: headers.id, exception: error });
  }

  #on(headers: TaskHeaders): boolean {
    return this.#dispatcher.tasksOn && this.#options.wants(headers.task);
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

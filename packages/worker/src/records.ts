import type { App, TaskRequest } from '@lovage/app';
import type { ResultRecord } from '@lovage/contracts';
import type { ErrorInfo, Stamps, WriteMetaOptions } from '@lovage/protocol';
import { isFinal, writeMeta, writeMetaWithResultJson } from '@lovage/protocol';

/** What a record needs to know of a call: a whole request, or what the headers alone tell. */
export type Subject = Pick<
  TaskRequest,
  'id' | 'task' | 'group' | 'parentId' | 'replyTo' | 'retries' | 'ignoreResult'
> &
  Partial<Pick<TaskRequest, 'args' | 'kwargs' | 'deliveryInfo' | 'headers' | 'stamps'>>;

export type RevokedReason = 'expired' | 'revoked' | 'terminated';

/** What a REVOKED record holds; the texts are Celery's. */
export const revokedError = (reason: RevokedReason): ErrorInfo => ({
  type: 'TaskRevokedError',
  message: [reason],
  module: 'celery.exceptions',
});

/** Writes the result documents of one task's executions. Answers no record at all where none is to be kept. */
export class RecordWriter {
  readonly #on: boolean;
  readonly #extended: boolean;
  readonly #ttlMs: number | undefined;
  readonly #hostname: string;
  readonly #errorsAnyway: boolean;
  readonly #form: WriteMetaOptions;

  constructor(app: App, options: { hostname: string; keepsResults: boolean; errorsEvenIfIgnored: boolean }) {
    const { resultExpires, resultExtended, lovageJsonTyped } = app.conf;
    this.#form = { form: lovageJsonTyped ? 'typed' : 'plain' };
    this.#on = options.keepsResults;
    this.#errorsAnyway = options.errorsEvenIfIgnored;
    this.#extended = resultExtended;
    this.#ttlMs = resultExpires ? resultExpires * 1000 : undefined;
    this.#hostname = options.hostname;
  }

  success(request: Subject, resultJson: string, children: readonly unknown[], nowMs: number): ResultRecord[] {
    if (!this.#on || request.ignoreResult) return [];
    const meta = { ...this.#common(request), status: 'SUCCESS', children, dateDone: nowMs };
    const payload = writeMetaWithResultJson(meta, resultJson, this.#form);
    return [this.#record(request.id, 'SUCCESS', payload, request.replyTo)];
  }

  failure(request: Subject, info: ErrorInfo, traceback: string | null, nowMs: number): ResultRecord[] {
    return this.#error('FAILURE', request, info, traceback, nowMs);
  }

  retry(request: Subject, info: ErrorInfo | null, traceback: string | null, nowMs: number): ResultRecord[] {
    return this.#error('RETRY', request, info, traceback, nowMs);
  }

  revoked(request: Subject, reason: RevokedReason, nowMs: number): ResultRecord[] {
    return this.#error('REVOKED', request, revokedError(reason), null, nowMs);
  }

  /** STARTED, PROGRESS, or whatever the task calls its state. */
  state(request: Subject, state: string, meta: unknown): ResultRecord[] {
    if (!this.#on || request.ignoreResult) return [];
    const payload = writeMeta({ ...this.#common(request), status: state, result: meta }, this.#form);
    return [this.#record(request.id, state, payload, request.replyTo)];
  }

  #error(
    state: 'FAILURE' | 'RETRY' | 'REVOKED',
    request: Subject,
    info: ErrorInfo | null,
    traceback: string | null,
    nowMs: number,
  ): ResultRecord[] {
    if (!this.#on || (request.ignoreResult && !this.#errorsAnyway)) return [];
    const common = { ...this.#common(request), status: state, traceback, dateDone: nowMs };
    const payload = writeMeta({ ...common, result: info }, this.#form);
    return [this.#record(request.id, state, payload, request.replyTo)];
  }

  #common(request: Subject) {
    const periodicTaskName = request.headers?.['periodic_task_name'];
    return {
      taskId: request.id,
      groupId: request.group,
      parentId: request.parentId,
      ...(this.#extended
        ? {
            extended: {
              name: request.task,
              args: request.args ?? [],
              kwargs: request.kwargs ?? {},
              worker: this.#hostname,
              retries: request.retries,
              queue: request.deliveryInfo?.routingKey ?? null,
              ...(typeof periodicTaskName === 'string' ? { periodicTaskName } : {}),
              ...(request.stamps ? { stamps: request.stamps as Stamps } : {}),
            },
          }
        : {}),
    };
  }

  #record(taskId: string, state: string, payload: Uint8Array, replyTo: string | null): ResultRecord {
    return {
      taskId,
      state,
      final: isFinal(state),
      payload,
      ...(this.#ttlMs === undefined ? {} : { ttlMs: this.#ttlMs }),
      ...(replyTo ? { replyTo } : {}),
    };
  }
}

import { DecodeError } from '@lovage/contracts';
import { type Stamps, stampProblem, stampsOf } from './canvas/stamps.ts';
import { EncodeError } from './errors.ts';
import { type ErrorInfo, errorInfoFromJson, errorInfoText } from './exceptions.ts';
import { decodeJson } from './json.ts';
import { stringifyJson, type ValueForm } from './json-write.ts';
import { isRecord } from './plain.ts';
import { EXCEPTION_STATES, isFinal, PROPAGATE_STATES } from './states.ts';
import { decodeText } from './text.ts';
import { isoUtc } from './times.ts';

/** What a result backend keeps of a task, read. */
export interface TaskMeta {
  readonly status: string;
  /** The decoded value; an ErrorInfo for FAILURE, RETRY and REVOKED (null for a RETRY without one). */
  readonly result: unknown;
  readonly traceback: string | null;
  /** Result tuples of the tasks it sent: `[[id, parent], members]`. */
  readonly children: readonly unknown[];
  /** ISO 8601; Celery 5.2 writes UTC without offset. */
  readonly dateDone: string | null;
  readonly taskId: string;
  readonly groupId?: string;
  readonly parentId?: string;
  /** From here on only with Celery's `result_extended`. */
  readonly name?: string;
  readonly args?: unknown;
  readonly kwargs?: unknown;
  readonly worker?: string;
  readonly retries?: number;
  readonly queue?: string;
  /** Of a stamped task. */
  readonly stamps?: Stamps;
}

/** What to keep of a task. */
export interface OutgoingMeta {
  readonly status: string;
  /** An ErrorInfo for FAILURE, REVOKED and RETRY; null for a RETRY without error. Undefined is kept as null. */
  readonly result: unknown;
  readonly taskId: string;
  readonly traceback?: string | null;
  readonly children?: readonly unknown[];
  /** Epoch ms. Kept for final states only, as in Celery. */
  readonly dateDone?: number;
  readonly groupId?: string | null;
  readonly parentId?: string | null;
  /** Celery's `result_extended`. */
  readonly extended?: ExtendedMeta;
}

export interface ExtendedMeta {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly worker: string | null;
  readonly retries: number;
  readonly queue: string | null;
  /** Which entry of beat sent it, where that says so. */
  readonly periodicTaskName?: string;
  /** Stand among the fields of the document, so none may have the name of another. */
  readonly stamps?: Stamps;
}

export interface WriteMetaOptions {
  /** How dates and bytes are written. Default 'typed', which Celery 5.3 and later read. */
  readonly form?: ValueForm;
}

/**
 * The document that Celery keeps of a task, as JSON.
 * @throws EncodeError for a result that cannot be kept, or a FAILURE without error, which Python cannot read
 */
export function writeMeta(meta: OutgoingMeta, { form = 'typed' }: WriteMetaOptions = {}): Uint8Array {
  return writeMetaWithResultJson(meta, resultJson(meta, form), { form });
}

/**
 * The same, its result already as JSON text; `meta.result` is not looked at.
 * @throws EncodeError for children or extended fields that cannot be kept
 */
export function writeMetaWithResultJson(
  meta: Omit<OutgoingMeta, 'result'>,
  resultText: string,
  { form = 'typed' }: WriteMetaOptions = {},
): Uint8Array {
  const { status, traceback, children, dateDone, groupId, parentId, extended } = meta;
  const done = dateDone !== undefined && isFinal(status) ? `"${isoUtc(dateDone)}"` : 'null';
  let text =
    `{"status": ${JSON.stringify(status)}, "result": ${resultText}, ` +
    `"traceback": ${traceback ? JSON.stringify(traceback) : 'null'}, ` +
    `"children": ${children === undefined || children.length === 0 ? '[]' : stringifyJson(children, form)}, ` +
    `"date_done": ${done}`;
  if (groupId) text += `, "group_id": ${JSON.stringify(groupId)}`;
  if (parentId) text += `, "parent_id": ${JSON.stringify(parentId)}`;
  if (extended !== undefined) text += extendedText(extended, form);
  text += `, "task_id": ${JSON.stringify(meta.taskId)}}`;
  return Buffer.from(text, 'utf8');
}

function resultJson({ status, result }: OutgoingMeta, form: ValueForm): string {
  if (EXCEPTION_STATES.has(status) && isErrorInfo(result)) return errorInfoText(result, form);
  const value = result === undefined ? null : result;
  if (value === null && PROPAGATE_STATES.has(status)) {
    throw new EncodeError(['result'], `is null: a task that ended in ${status} needs an error`);
  }
  try {
    return stringifyJson(value, form);
  } catch (error) {
    throw error instanceof EncodeError ? error.within('result') : error;
  }
}

function extendedText({ stamps = {}, ...fields }: ExtendedMeta, form: ValueForm): string {
  const { name, args, kwargs, worker, retries, queue, periodicTaskName } = fields;
  // A stamp from elsewhere may have the name of a field: the field is what readers need.
  const shown = Object.entries(stamps).filter(([each, value]) => stampProblem(each, value) === undefined);
  const names = shown.length > 0 ? { stamped_headers: shown.map(([each]) => each) } : {};
  const periodic = periodicTaskName === undefined ? {} : { periodic_task_name: periodicTaskName };
  const all = {
    name,
    args,
    kwargs,
    worker,
    retries,
    queue,
    ...periodic,
    ...names,
    ...Object.fromEntries(shown),
  };
  const text = stringifyJson(all, form);
  return `, ${text.slice(1, -1)}`;
}

function isErrorInfo(value: unknown): value is ErrorInfo {
  return isRecord(value) && typeof value['type'] === 'string' && Array.isArray(value['message']);
}

/**
 * What was kept of a task, whoever wrote it. Typed values in it are made into what they stand for.
 * @throws DecodeError when it is no such document
 */
export function readMeta(payload: Uint8Array): TaskMeta {
  const meta = decodeJson(decodeText(payload, 'utf-8'));
  if (!isRecord(meta)) throw new DecodeError('no result document: not a JSON object');
  const { status, result, traceback, children, date_done: dateDone } = meta;
  if (typeof status !== 'string') throw new DecodeError("no result document: it has no 'status'");
  const taskId = text(meta, 'task_id');
  if (taskId === undefined) throw new DecodeError("no result document: it has no 'task_id'");
  return {
    status,
    result: EXCEPTION_STATES.has(status) ? errorOf(status, result) : (result ?? null),
    traceback: typeof traceback === 'string' ? traceback : null,
    children: Array.isArray(children) ? children : [],
    dateDone: dateText(dateDone),
    taskId,
    ...present('groupId', text(meta, 'group_id')),
    ...present('parentId', text(meta, 'parent_id')),
    ...present('name', text(meta, 'name')),
    ...present('args', meta['args']),
    ...present('kwargs', meta['kwargs']),
    ...present('worker', text(meta, 'worker')),
    ...present('retries', typeof meta['retries'] === 'number' ? meta['retries'] : undefined),
    ...present('queue', text(meta, 'queue')),
    ...present('stamps', meta['stamped_headers'] ? stampsOf(meta) : undefined),
  };
}

/** Only a RETRY may have no error; a FAILURE that was kept without one still is a failure. */
function errorOf(status: string, result: unknown): ErrorInfo | null {
  return status === 'RETRY' && (result === null || result === undefined) ? null : errorInfoFromJson(result);
}

function dateText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return value instanceof Date ? isoUtc(value.getTime()) : null;
}

function text(meta: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = meta[key];
  return typeof value === 'string' ? value : undefined;
}

function present<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

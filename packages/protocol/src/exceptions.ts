import { EncodeError } from './errors.ts';
import { stringifyJson, type ValueForm } from './json-write.ts';
import { isRecord } from './plain.ts';
import { saferepr, stringRepr } from './repr.ts';

/** An error as it travels: data, from which nothing is ever looked up or constructed. */
export interface ErrorInfo {
  /** The class's name; Python's `exc_type`. Nested classes of Python are dotted. */
  readonly type: string;
  /** The constructor's arguments; Python's `exc.args`. */
  readonly message: readonly unknown[];
  /** Python's module of the class, 'builtins' or 'tasks'; 'js' for an error of this language; '' when unknown. */
  readonly module: string;
}

/** Names that Python callers catch, where the error means the same to them. Every other error of JS stays one of 'js'. */
const BUILTINS: Readonly<Record<string, string>> = {
  TypeError: 'TypeError',
  RangeError: 'ValueError',
  TimeoutError: 'TimeoutError',
};

/** Celery's own errors, and the module in which Python finds each. */
const CELERY: Readonly<Record<string, string>> = {
  ChordError: 'celery.exceptions',
  Ignore: 'celery.exceptions',
  ImproperlyConfigured: 'celery.exceptions',
  InvalidTaskError: 'celery.exceptions',
  MaxRetriesExceededError: 'celery.exceptions',
  NotRegistered: 'celery.exceptions',
  QueueNotFound: 'celery.exceptions',
  Reject: 'celery.exceptions',
  Retry: 'celery.exceptions',
  TaskRevokedError: 'celery.exceptions',
  SoftTimeLimitExceeded: 'billiard.exceptions',
  Terminated: 'billiard.exceptions',
  TimeLimitExceeded: 'billiard.exceptions',
  WorkerLostError: 'billiard.exceptions',
  ContentDisallowed: 'kombu.exceptions',
  DecodeError: 'kombu.exceptions',
  EncodeError: 'kombu.exceptions',
  OperationalError: 'kombu.exceptions',
};

/** An error that says itself how it travels; one that came over the wire goes on as it came. */
interface DescribesItself {
  toErrorInfo(): ErrorInfo;
}

/**
 * How whatever was thrown travels.
 * Its name is that of its class, its arguments are its own `args` where it has such an array, and otherwise its message.
 * An argument that JSON cannot carry becomes its repr.
 */
export function errorInfo(error: unknown): ErrorInfo {
  if (!(error instanceof Error)) return { type: 'Error', message: [sendable(error)], module: 'js' };
  if (describesItself(error)) return error.toErrorInfo();
  const { args } = error as { args?: unknown };
  const message = Array.isArray(args) ? args.map(sendable) : [error.message];
  const name = className(error);
  if (Object.hasOwn(BUILTINS, name)) return { type: BUILTINS[name]!, message, module: 'builtins' };
  if (Object.hasOwn(CELERY, name)) return { type: name, message, module: CELERY[name]! };
  return { type: name, message, module: 'js' };
}

function describesItself(error: Error): error is Error & DescribesItself {
  return typeof (error as Partial<DescribesItself>).toErrorInfo === 'function';
}

/** The name an error gives itself, or that of its class where it only inherits one. */
function className(error: Error): string {
  const constructed = error.constructor?.name;
  if (Object.hasOwn(error, 'name') || typeof constructed !== 'string' || constructed === '')
    return error.name || 'Error';
  return error instanceof DOMException ? error.name : constructed;
}

function sendable(value: unknown): unknown {
  if (value === undefined) return null;
  try {
    stringifyJson(value);
    return value;
  } catch (error) {
    if (error instanceof EncodeError) return saferepr(value, { maxLength: 1024 });
    throw error;
  }
}

/** Causes inside causes that a traceback shows. */
const MAX_CAUSES = 10;

/** The text kept as `traceback`: the stack, and those of its causes. */
export function errorTraceback(error: unknown): string {
  let text = stackOf(error);
  let cause = causeOf(error);
  for (let depth = 0; cause !== undefined && depth < MAX_CAUSES; depth++) {
    text += `\n\nCaused by: ${stackOf(cause)}`;
    cause = causeOf(cause);
  }
  return text;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown, and not an Error: ${saferepr(error, { maxLength: 1024 })}`;
  return typeof error.stack === 'string' && error.stack !== ''
    ? error.stack
    : `${error.name}: ${error.message}`;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== null ? error.cause : undefined;
}

/** Celery's object for it: `{"exc_type", "exc_message", "exc_module"}`. */
export function errorInfoToJson(info: ErrorInfo): Record<string, unknown> {
  return { exc_type: info.type, exc_message: info.message, exc_module: info.module };
}

/** The same as JSON text, its arguments in the form given. */
export function errorInfoText(info: ErrorInfo, form: ValueForm = 'typed'): string {
  return stringifyJson(errorInfoToJson(info), form);
}

/** An error from Celery's object. Whatever stands in its place, an ErrorInfo that shows it comes of it. */
export function errorInfoFromJson(value: unknown): ErrorInfo {
  if (!isRecord(value) || typeof value['exc_type'] !== 'string') {
    return { type: 'Exception', message: value === null || value === undefined ? [] : [value], module: '' };
  }
  const { exc_type: type, exc_message: message, exc_module: module } = value;
  return { type, message: messageOf(message), module: typeof module === 'string' ? module : '' };
}

function messageOf(message: unknown): readonly unknown[] {
  if (Array.isArray(message)) return message;
  return message === null || message === undefined || message === '' ? [] : [message];
}

/** As Python shows it: `ValueError('x')`. */
export function errorRepr(info: ErrorInfo): string {
  const args = info.message.map((arg) => (typeof arg === 'string' ? stringRepr(arg) : saferepr(arg)));
  return `${info.type.slice(info.type.lastIndexOf('.') + 1)}(${args.join(', ')})`;
}

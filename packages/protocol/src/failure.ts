/** What an error callback is told, as a header of its message: Celery itself sends no more than the id of the task that failed. */
import { EncodeError } from './errors.ts';
import { type ErrorInfo, errorInfoFromJson, errorInfoToJson, errorRepr } from './exceptions.ts';
import { decodeJson } from './json.ts';
import { stringifyJson } from './json-write.ts';
import { isRecord } from './plain.ts';

export const FAILURE_HEADER = 'lovage_failure';

/** The call that failed: of Celery's `request`, what callbacks ask for. Null is what is not known. */
export interface FailedRequest {
  readonly id: string;
  readonly task: string | null;
  /** Null also where they are too long to travel along; `argsrepr` shows their beginning. */
  readonly args: readonly unknown[] | null;
  readonly kwargs: Readonly<Record<string, unknown>> | null;
  readonly argsrepr: string | null;
  readonly kwargsrepr: string | null;
  readonly shadow: string | null;
  readonly retries: number | null;
  readonly rootId: string;
  readonly parentId: string | null;
  readonly group: string | null;
  readonly queue: string | null;
  /** The worker that ran it; null too where none did, as of a chord's body whose header failed. */
  readonly hostname: string | null;
  /** Who sent it. */
  readonly origin: string | null;
  /** Custom headers; none where they are too long. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly stampedHeaders: readonly string[] | null;
  readonly stamps: Readonly<Record<string, unknown>>;
}

export interface Failure {
  readonly request: FailedRequest;
  readonly error: ErrorInfo;
  readonly traceback: string | null;
}

/** The most characters of each part: a header is read by every worker that looks at the message, and by every tool. */
const MOST = { arguments: 16_384, headers: 4096, repr: 1024, error: 8192, traceback: 16_384 } as const;

/** The header of a failure: JSON text, of bounded length. What is cut says so. */
export function writeFailure({ request, error, traceback }: Failure): string {
  const { args, kwargs, headers, stamps, stampedHeaders } = request;
  const { [FAILURE_HEADER]: _, ...custom } = headers;
  const own = fits({ args, kwargs }, MOST.arguments) ? { args, kwargs } : { args: null, kwargs: null };
  const stamped = fits({ stamps, stampedHeaders }, MOST.headers)
    ? { stamps, stampedHeaders }
    : { stamps: {}, stampedHeaders: null };
  const short = {
    ...request,
    ...own,
    ...stamped,
    headers: fits(custom, MOST.headers) ? custom : {},
    argsrepr: cut(request.argsrepr, MOST.repr),
    kwargsrepr: cut(request.kwargsrepr, MOST.repr),
  };
  return stringifyJson({
    request: short,
    error: errorInfoToJson(shortError(error)),
    traceback: cut(traceback, MOST.traceback),
  });
}

function shortError(error: ErrorInfo): ErrorInfo {
  if (fits(error.message, MOST.error)) return error;
  const [only, ...more] = error.message;
  const text = typeof only === 'string' && more.length === 0 ? only : errorRepr(error);
  return { ...error, message: [cut(text, MOST.error)] };
}

/** What cannot be written at all does not fit either: here as deep as it will stand, for depth has a limit too. */
function fits(value: unknown, most: number): boolean {
  try {
    return stringifyJson([[value]]).length <= most;
  } catch (error) {
    if (error instanceof EncodeError) return false;
    throw error;
  }
}

/** Its beginning and its end: the one says what failed in our stacks, the other in Python's. */
function cut<Text extends string | null>(text: Text, most: number): Text | string {
  if (text === null || text.length <= most) return text;
  const half = most / 2;
  const middle = `\n… ${text.length - most} of ${text.length} characters are left out here …\n`;
  return (text.slice(0, half) + middle + text.slice(-half)).toWellFormed();
}

/** The failure that a header tells of; undefined for whatever is none. */
export function readFailure(header: unknown): Failure | undefined {
  if (typeof header !== 'string') return undefined;
  let value: unknown;
  try {
    value = decodeJson(header);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value['request']) || !isRecord(value['error'])) return undefined;
  const { request, error, traceback } = value;
  if (typeof request['id'] !== 'string') return undefined;
  return {
    request: readRequest(request['id'], request),
    error: errorInfoFromJson(error),
    traceback: text(traceback),
  };
}

function readRequest(id: string, given: Readonly<Record<string, unknown>>): FailedRequest {
  const { args, kwargs, retries, headers, stamps, stampedHeaders } = given;
  return {
    id,
    task: text(given['task']),
    args: Array.isArray(args) ? args : null,
    kwargs: isRecord(kwargs) ? kwargs : null,
    argsrepr: text(given['argsrepr']),
    kwargsrepr: text(given['kwargsrepr']),
    shadow: text(given['shadow']),
    retries: typeof retries === 'number' ? retries : null,
    rootId: text(given['rootId']) ?? id,
    parentId: text(given['parentId']),
    group: text(given['group']),
    queue: text(given['queue']),
    hostname: text(given['hostname']),
    origin: text(given['origin']),
    headers: isRecord(headers) ? headers : {},
    stampedHeaders: Array.isArray(stampedHeaders) ? stampedHeaders.map(String) : null,
    stamps: isRecord(stamps) ? stamps : {},
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

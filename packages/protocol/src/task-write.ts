import type { Compressor, Envelope, Serializer } from '@lovage/contracts';
import { EncodeError } from './errors.ts';
import { stringifyJson } from './json-write.ts';
import { setOwn } from './plain.ts';
import { argsRepr, saferepr } from './repr.ts';
import type { TaskBody } from './task-body.ts';
import { TASK_HEADERS } from './task-headers.ts';
import { isoUtc } from './times.ts';

/** What a sender decides of one call; what is left out is as in a plain `delay()`. */
export interface OutgoingHeaders {
  readonly task: string;
  readonly id: string;
  /** `gen<pid>@<host>`. */
  readonly origin: string;
  readonly shadow?: string | null;
  /** Epoch ms, or a text to send on as it is. */
  readonly eta?: number | string | null;
  readonly expires?: number | string | null;
  readonly group?: string | null;
  readonly groupIndex?: number | null;
  readonly retries?: number;
  /** Seconds. */
  readonly timelimit?: readonly [hard: number | null, soft: number | null];
  /** Default: its own id. */
  readonly rootId?: string | null;
  readonly parentId?: string | null;
  /** Default: made from the arguments. Give one to keep secrets out of logs. */
  readonly argsrepr?: string | null | undefined;
  readonly kwargsrepr?: string | null | undefined;
  readonly ignoreResult?: boolean | null;
  readonly replacedTaskNesting?: number;
  readonly stampedHeaders?: readonly string[] | null | undefined;
  readonly stamps?: Readonly<Record<string, unknown>> | undefined;
  /** JSON values under names that are not Celery's own. */
  readonly custom?: Readonly<Record<string, unknown>> | undefined;
}

export interface WriteTaskOptions {
  readonly serializer: Serializer;
  readonly compression?: Compressor | undefined;
  /** 0 to 9, the higher the sooner. */
  readonly priority?: number | undefined;
  /** Where replies go; '' for nowhere. */
  readonly replyTo: string;
  /** Default: the task's id. */
  readonly correlationId?: string | undefined;
}

/** A body as it came, to be sent again byte for byte. */
export type RawBody = Pick<Envelope, 'body' | 'contentType' | 'contentEncoding'> & {
  /** The value of its `compression` header. */
  readonly compression: string | null;
};

/** The longest text that stands for arguments, in characters; Celery's `argsrepr_maxsize`. */
const REPR_LENGTH = 1024;

/**
 * A task message of protocol 2, its headers in the order and form of Celery 5.6.
 * @throws EncodeError naming the argument or header that cannot be sent, such as `args[1].when`
 */
export function writeTask(headers: OutgoingHeaders, body: TaskBody, options: WriteTaskOptions): Envelope {
  const { serializer, compression } = options;
  const bytes = encodeBody(body, serializer);
  const raw: RawBody = {
    body: compression === undefined ? bytes : compression.compress(bytes),
    contentType: serializer.contentType,
    contentEncoding: serializer.contentEncoding,
    compression: compression?.contentType ?? null,
  };
  const argsrepr = headers.argsrepr ?? argsRepr(body.args, REPR_LENGTH);
  const kwargsrepr = headers.kwargsrepr ?? saferepr(body.kwargs, { maxLength: REPR_LENGTH });
  return seal(headers, { argsrepr, kwargsrepr }, raw, options);
}

/**
 * The same for a call whose arguments do not change, as in a retry: its body travels on untouched,
 * so that nothing in it is lost that this language has no value for.
 * @throws EncodeError naming the header that cannot be sent
 */
export function rewriteTask(headers: OutgoingHeaders, raw: RawBody, options: SealOptions): Envelope {
  const { argsrepr = null, kwargsrepr = null } = headers;
  return seal(headers, { argsrepr, kwargsrepr }, raw, options);
}

/** The body of a message, to be sent again as it is. */
export function rawBody({ body, contentType, contentEncoding, headers }: Envelope): RawBody {
  const { compression } = headers;
  return {
    body,
    contentType,
    contentEncoding,
    compression: typeof compression === 'string' ? compression : null,
  };
}

function encodeBody({ args, kwargs, embed }: TaskBody, serializer: Serializer): Uint8Array {
  const { callbacks, errbacks, chain, chord } = embed;
  try {
    return serializer.encode([args, kwargs, { callbacks, errbacks, chain, chord }]);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    const [part, ...inner] = error.path;
    const name = ['args', 'kwargs', 'embed'][Number(part)] ?? 'body';
    throw new EncodeError([name, ...inner], error.problem);
  }
}

/** How the arguments are shown. */
interface Reprs {
  readonly argsrepr: string | null;
  readonly kwargsrepr: string | null;
}

type SealOptions = Omit<WriteTaskOptions, 'serializer' | 'compression'>;

function seal(headers: OutgoingHeaders, reprs: Reprs, raw: RawBody, options: SealOptions): Envelope {
  const { priority, replyTo, correlationId } = options;
  const envelope = {
    id: headers.id,
    headers: wireHeaders(headers, reprs, raw.compression),
    body: raw.body,
    contentType: raw.contentType,
    contentEncoding: raw.contentEncoding,
    correlationId: correlationId ?? headers.id,
    replyTo,
  };
  return priority === undefined ? envelope : { ...envelope, priority };
}

function wireHeaders(
  headers: OutgoingHeaders,
  { argsrepr, kwargsrepr }: Reprs,
  compression: string | null,
): Record<string, unknown> {
  const wire: Record<string, unknown> = {
    lang: 'js',
    task: headers.task,
    id: headers.id,
    shadow: headers.shadow ?? null,
    eta: timeText('eta', headers.eta),
    expires: timeText('expires', headers.expires),
    group: headers.group ?? null,
    group_index: headers.groupIndex ?? null,
    retries: headers.retries ?? 0,
    timelimit: headers.timelimit ?? [null, null],
    root_id: headers.rootId || headers.id,
    parent_id: headers.parentId ?? null,
    argsrepr,
    kwargsrepr,
    origin: headers.origin,
    ignore_result: headers.ignoreResult ?? false,
    replaced_task_nesting: headers.replacedTaskNesting ?? 0,
    stamped_headers: headers.stampedHeaders ?? null,
    stamps: headers.stamps === undefined ? {} : checked('stamps', headers.stamps),
  };
  if (headers.custom !== undefined) addCustom(wire, headers.custom);
  if (compression !== null) wire['compression'] = compression;
  return wire;
}

function addCustom(wire: Record<string, unknown>, custom: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(custom)) {
    if (TASK_HEADERS.has(name)) {
      throw new EncodeError(['headers', name], "is one of Celery's own headers; give yours another name");
    }
    if (value !== undefined) setOwn(wire, name, checked(name, value));
  }
}

/** Headers travel as they are on every broker, so only what plain JSON carries may stand in them. */
function checked(name: string, value: unknown): unknown {
  try {
    stringifyJson(value, 'none');
  } catch (error) {
    throw error instanceof EncodeError ? error.within('headers', name) : error;
  }
  return value;
}

function timeText(name: string, time: number | string | null | undefined): string | null {
  if (time === null || time === undefined || typeof time === 'string') return time ?? null;
  try {
    return isoUtc(time);
  } catch (error) {
    throw new EncodeError([name], `is ${time}, which is no time in epoch milliseconds`, { cause: error });
  }
}

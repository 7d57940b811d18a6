import { DecodeError, type Envelope } from '@lovage/contracts';
import { compressorByContentType } from './compression.ts';
import { ContentDisallowed, InvalidTaskError } from './errors.ts';
import { json } from './json.ts';
import { parseJson } from './json-parse.ts';
import { isRecord, setOwn } from './plain.ts';
import { PICKLE_CONTENT_TYPE, serializerByContentType, serializerNameOf } from './serializers.ts';
import { readSignature, readSignatures, type SignatureDict } from './signature.ts';
import { decodeText } from './text.ts';
import { reviveTyped } from './typed-values.ts';

/** What to do once the task has ended. */
export interface Embed {
  readonly callbacks: readonly SignatureDict[] | null;
  readonly errbacks: readonly SignatureDict[] | null;
  /** The remaining steps of the chain, the next one last. */
  readonly chain: readonly SignatureDict[] | null;
  readonly chord: SignatureDict | null;
}

export interface TaskBody {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly embed: Embed;
}

/** What a body may weigh, opened, where nobody says otherwise. */
export const DEFAULT_MAX_BYTES: number = 64 * 1024 * 1024;

export const EMPTY_EMBED: Embed = Object.freeze({
  callbacks: null,
  errbacks: null,
  chain: null,
  chord: null,
});

export interface ReadBodyOptions {
  /** Content types that may be decoded. That of pickle is refused even here. */
  readonly accept: ReadonlySet<string>;
  /** Largest body, before and after decompression. */
  readonly maxBytes: number;
}

/**
 * The arguments of a call and what follows it, of either protocol.
 * Typed values in args and kwargs are made into what they stand for; those in `embed` stay wrapped.
 * @throws ContentDisallowed before a byte is decoded
 * @throws DecodeError for bytes that are not what their content type, encoding or compression says
 * @throws InvalidTaskError for a body that is not one of a task
 */
export function readBody(envelope: Envelope, options: ReadBodyOptions): TaskBody {
  refuseUnaccepted(envelope.contentType, options.accept);
  const value = decodeBody(envelope, options.maxBytes);
  if (Array.isArray(value)) return fromTuple(value, envelope.contentType);
  if (isRecord(value)) return fromObject(value, envelope.contentType);
  throw new InvalidTaskError('body', 'the body is neither [args, kwargs, embed] nor an object of protocol 1');
}

/**
 * The body of a message without a `task` header, if it is one of protocol 1.
 * @throws InvalidTaskError otherwise
 */
export function readLegacyBody(envelope: Envelope, maxBytes: number): Record<string, unknown> {
  const unknown = "no task message: it has neither a 'task' header nor a JSON body with 'task' and 'id'";
  if (envelope.contentType !== json.contentType) throw new InvalidTaskError('task', unknown);
  let body: unknown;
  try {
    body = decodeBody(envelope, maxBytes);
  } catch (error) {
    throw new InvalidTaskError('task', unknown, { cause: error });
  }
  if (!isRecord(body) || body['task'] === undefined) throw new InvalidTaskError('task', unknown);
  return body;
}

/**
 * Whether a receiver may read this content, before a byte of it is decoded. That of pickle never.
 * @throws ContentDisallowed, with the text of Celery
 */
export function refuseUnaccepted(contentType: string, accept: ReadonlySet<string>): void {
  if (accept.has(contentType) && contentType !== PICKLE_CONTENT_TYPE) return;
  const name = serializerNameOf(contentType);
  const shown = name === contentType ? contentType : `${name} (${contentType})`;
  throw new ContentDisallowed(`Refusing to deserialize untrusted content of type ${shown}`, contentType);
}

/** The body as one value. JSON keeps its typed values wrapped. */
function decodeBody(envelope: Envelope, maxBytes: number): unknown {
  const bytes = decompressed(envelope, maxBytes);
  if (envelope.contentType === json.contentType)
    return parseJson(decodeText(bytes, envelope.contentEncoding));
  const serializer = serializerByContentType(envelope.contentType);
  if (serializer === undefined) {
    throw new DecodeError(`content type ${envelope.contentType} is not one this version can read`);
  }
  return serializer.decode(bytes);
}

function decompressed(envelope: Envelope, maxBytes: number): Uint8Array {
  if (envelope.body.byteLength > maxBytes) {
    throw new DecodeError(`a body of ${envelope.body.byteLength} bytes; at most ${maxBytes} are read`);
  }
  const compression = envelope.headers['compression'];
  if (compression === undefined || compression === null) return envelope.body;
  const compressor = typeof compression === 'string' ? compressorByContentType(compression) : undefined;
  if (compressor === undefined) {
    throw new DecodeError(`compression ${JSON.stringify(compression)} is not one this version can read`);
  }
  return compressor.decompress(envelope.body, maxBytes);
}

function fromTuple(body: readonly unknown[], contentType: string): TaskBody {
  if (body.length !== 3) {
    throw new InvalidTaskError('body', `the body has ${body.length} items: it must be [args, kwargs, embed]`);
  }
  const [args, kwargs, embed] = body;
  return { ...call(args, kwargs, contentType), embed: readEmbed(embed) };
}

function fromObject(body: Readonly<Record<string, unknown>>, contentType: string): TaskBody {
  const { args = [], kwargs = {}, callbacks, errbacks, chord } = body;
  return { ...call(args, kwargs, contentType), embed: readEmbed({ callbacks, errbacks, chord }) };
}

function call(args: unknown, kwargs: unknown, contentType: string): Omit<TaskBody, 'embed'> {
  if (!Array.isArray(args)) throw new InvalidTaskError('args', 'args must be an array');
  if (!isRecord(kwargs)) throw new InvalidTaskError('kwargs', 'kwargs must be an object');
  if (contentType !== json.contentType) return { args, kwargs };
  reviveTyped(args);
  for (const key in kwargs) {
    const value = kwargs[key];
    if (typeof value === 'object') setOwn(kwargs, key, reviveTyped(value));
  }
  return { args, kwargs };
}

function readEmbed(embed: unknown): Embed {
  if (embed === null || embed === undefined) return EMPTY_EMBED;
  if (!isRecord(embed)) throw new InvalidTaskError('embed', 'embed must be an object or null');
  const { callbacks, errbacks, chain, chord } = embed;
  if (!callbacks && !errbacks && !chain && !chord) return EMPTY_EMBED;
  return {
    callbacks: readSignatures(callbacks, 'callbacks'),
    errbacks: readSignatures(errbacks, 'errbacks'),
    chain: readSignatures(chain, 'chain'),
    chord: chord === null || chord === undefined ? null : readSignature(chord, 'chord'),
  };
}

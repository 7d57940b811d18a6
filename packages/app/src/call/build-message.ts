import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Compressor, OutgoingMessage, Serializer } from '@lovage/contracts';
import type { SignatureDict } from '@lovage/protocol';
import {
  clientName,
  compressorByName,
  json,
  jsonPlain,
  prioritiesTurned,
  serializerByName,
  writeTask,
} from '@lovage/protocol';
import { lowestFirst } from '../config/lowest-first.ts';
import type { Settings } from '../config/settings.ts';
import type { TaskRequest } from '../execution/request.ts';
import type { ResolvedTaskOptions } from '../task/options.ts';
import type { Link, MessageOptions } from './options.ts';
import { existingQueue, lookUpRoute } from './route.ts';

/** One call, ready to become a message. */
export interface Call {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: MessageOptions;
  /** What the task itself says, if it is known here. */
  readonly defaults: ResolvedTaskOptions | undefined;
  /** The task that calls, if one does: the call takes its root, and has it for a parent. */
  readonly caller: TaskRequest | undefined;
}

/** What building a message needs to know besides the call. */
export interface BuildContext {
  readonly conf: Settings;
  /** Where the result backend wants replies; undefined where results are stored. */
  readonly replyTo: string | undefined;
  readonly nowMs: number;
}

const origin = clientName(process.pid, hostname());

/**
 * The message of a call. Precedence, lowest first: settings, route, the task's options, the call's.
 * @throws QueueNotFound, and EncodeError naming the argument that cannot be sent
 */
export function buildMessage(call: Call, { conf, replyTo, nowMs }: BuildContext): OutgoingMessage {
  const { task, args, kwargs, options, defaults, caller } = call;
  const route = conf.taskRoutes ? lookUpRoute(conf, task, args, kwargs, { ...options }) : {};
  const id = options.taskId ?? randomUUID();
  const queue = options.queue ?? defaults?.queue ?? route.queue ?? conf.taskDefaultQueue;
  const inherited = conf.taskInheritParentPriority ? caller?.deliveryInfo.priority : undefined;
  const priority =
    options.priority ??
    defaults?.priority ??
    route.priority ??
    inherited ??
    conf.taskDefaultPriority ??
    undefined;
  const etaMs = etaOf(options, nowMs);
  const compression =
    options.compression ?? defaults?.compression ?? route.compression ?? conf.taskCompression;

  const embed = {
    callbacks: signatures(options.link),
    errbacks: signatures(options.linkError),
    chain: options.chain ?? null,
    chord: options.chord ?? null,
  };
  const envelope = writeTask(
    {
      task,
      id,
      origin,
      shadow: options.shadow ?? null,
      eta: options.etaText ?? etaMs ?? null,
      expires: options.expiresText ?? expiresOf(options.expires ?? defaults?.expires ?? route.expires, nowMs),
      group: options.groupId ?? null,
      groupIndex: options.groupIndex ?? null,
      retries: options.retries ?? 0,
      timelimit: [options.timeLimit ?? null, options.softTimeLimit ?? null],
      rootId: options.rootId ?? caller?.rootId ?? id,
      parentId: options.parentId ?? caller?.id ?? null,
      argsrepr: options.argsrepr,
      kwargsrepr: options.kwargsrepr,
      ignoreResult: options.ignoreResult ?? defaults?.ignoreResult ?? conf.taskIgnoreResult,
      replacedTaskNesting: options.replacedTaskNesting ?? 0,
      ...stampHeaders(options.stamps),
      custom: options.headers,
    },
    { args, kwargs, embed: lowestFirst(conf) ? prioritiesTurned(embed) : embed },
    {
      serializer: serializerFor(conf, options.serializer ?? defaults?.serializer ?? route.serializer),
      compression: compression ? compressorFor(compression) : undefined,
      priority,
      replyTo: options.replyTo ?? replyTo ?? '',
      correlationId: options.correlationId,
    },
  );
  const message = { queue: existingQueue(conf, queue, task), envelope };
  return etaMs !== undefined && etaMs > nowMs ? { ...message, notBefore: etaMs } : message;
}

/** An optional argument that is passed as undefined is one that is left out; JSON has no word for it. */
export function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let { length } = args;
  while (length > 0 && args[length - 1] === undefined) length -= 1;
  return length === args.length ? args : args.slice(0, length);
}

/** JSON in the form the settings ask for, or the serializer of that name. */
export function serializerFor(conf: Settings, name: string = conf.taskSerializer): Serializer {
  if (name === 'json') return conf.lovageJsonTyped ? json : jsonPlain;
  const serializer = serializerByName(name);
  if (!serializer) throw new TypeError(`there is no serializer ${name}; known are json and yaml`);
  return serializer;
}

/** Beside the stamps go their names, as Celery sends them: null where there are none. */
export function stampHeaders(stamps: MessageOptions['stamps'] = {}) {
  const stampedHeaders = Object.keys(stamps);
  return stampedHeaders.length === 0 ? {} : { stampedHeaders, stamps };
}

function compressorFor(name: string): Compressor {
  const compressor = compressorByName(name);
  if (!compressor)
    throw new TypeError(`there is no compression ${name}; known are gzip, zlib, bzip2, brotli, zstd`);
  return compressor;
}

function etaOf({ eta, countdown, etaText }: MessageOptions, nowMs: number): number | undefined {
  if (etaText !== undefined) return Date.parse(etaText);
  if (eta) return eta.getTime();
  return countdown ? nowMs + countdown * 1000 : undefined;
}

function expiresOf(expires: number | Date | undefined, nowMs: number): number | null {
  if (expires === undefined) return null;
  return typeof expires === 'number' ? nowMs + expires * 1000 : expires.getTime();
}

/** The plain forms of what follows a task, as they go into its message. */
export function signatures(links: Link | readonly Link[] | undefined): readonly SignatureDict[] | null {
  if (links === undefined) return null;
  const list: readonly Link[] = Array.isArray(links) ? links : [links as Link];
  return list.map((link) => ('toJSON' in link ? link.toJSON() : link));
}

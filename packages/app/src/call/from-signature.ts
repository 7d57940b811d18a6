import type { OutgoingMessage } from '@lovage/contracts';
import type { SignatureDict } from '@lovage/protocol';
import { InvalidTaskError, parseIso, readSignature, stampsOf } from '@lovage/protocol';
import type { App } from '../app.ts';
import { buildMessage } from './build-message.ts';
import type { MessageOptions } from './options.ts';

/** How a signature is sent by something that ended. */
export interface SignatureCall {
  /** Put before the signature's own arguments, unless it is immutable. */
  readonly prependArgs: readonly unknown[];
  readonly parentId?: string;
  readonly rootId?: string;
  /** The steps that follow it, the next one last. */
  readonly chain?: readonly SignatureDict[];
}

/**
 * The message of a signature of one task: a callback, an errback, the next step of a chain, a member of a group.
 * @throws InvalidTaskError for a group, chain or chord, which cannot be sent as one message
 */
export function messageFromSignature(
  app: App,
  signature: SignatureDict,
  call: SignatureCall,
): OutgoingMessage {
  const { task, args, kwargs, immutable, options, subtask_type: shape } = signature;
  if (shape === 'chain' || shape === 'group' || shape === 'chord') {
    throw new InvalidTaskError('embed', `a ${shape} is more than one message`);
  }
  return buildMessage(
    {
      task,
      args: immutable ? args : [...call.prependArgs, ...args],
      kwargs,
      options: {
        ...messageOptions(options),
        ...(call.parentId === undefined ? {} : { parentId: call.parentId }),
        ...(call.rootId === undefined ? {} : { rootId: call.rootId }),
        ...(call.chain === undefined ? {} : { chain: call.chain }),
      },
      defaults: app.tasks.get(task)?.options,
      caller: undefined,
    },
    { conf: app.conf, replyTo: app.replyTo, nowMs: Date.now() },
  );
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How each of Celery's options in a signature becomes ours; one that is null or of the wrong type says nothing. */
const READERS: Readonly<Record<string, (value: unknown) => MessageOptions | undefined>> = {
  task_id: (value) => (isText(value) ? { taskId: value } : undefined),
  root_id: (value) => (isText(value) ? { rootId: value } : undefined),
  parent_id: (value) => (isText(value) ? { parentId: value } : undefined),
  group_id: (value) => (isText(value) ? { groupId: value } : undefined),
  group_index: (value) => (isNumber(value) ? { groupIndex: value } : undefined),
  queue: (value) => (isText(value) ? { queue: value } : undefined),
  priority: (value) =>
    isNumber(value) ? { priority: Math.min(9, Math.max(0, Math.trunc(value))) } : undefined,
  countdown: (value) => (isNumber(value) ? { countdown: value } : undefined),
  eta: (value) => (isText(value) && parseIso(value) !== undefined ? { etaText: value } : undefined),
  expires: (value) => {
    if (isNumber(value)) return { expires: value };
    return isText(value) ? { expiresText: value } : undefined;
  },
  serializer: (value) => (value === 'json' || value === 'yaml' ? { serializer: value } : undefined),
  compression: (value) => (isText(value) ? { compression: value } : undefined),
  shadow: (value) => (isText(value) ? { shadow: value } : undefined),
  reply_to: (value) => (isText(value) ? { replyTo: value } : undefined),
  correlation_id: (value) => (isText(value) ? { correlationId: value } : undefined),
  time_limit: (value) => (isNumber(value) ? { timeLimit: value } : undefined),
  soft_time_limit: (value) => (isNumber(value) ? { softTimeLimit: value } : undefined),
  replaced_task_nesting: (value) => (isNumber(value) ? { replacedTaskNesting: value } : undefined),
  argsrepr: (value) => (typeof value === 'string' ? { argsrepr: value } : undefined),
  kwargsrepr: (value) => (typeof value === 'string' ? { kwargsrepr: value } : undefined),
  retry: (value) => (typeof value === 'boolean' ? { retry: value } : undefined),
  ignore_result: (value) => (typeof value === 'boolean' ? { ignoreResult: value } : undefined),
  headers: (value) => (isRecord(value) ? { headers: value } : undefined),
  link: (value) => links('link', value),
  link_error: (value) => links('linkError', value),
  chord: (value) => (isRecord(value) ? { chord: readSignature(value, 'chord') } : undefined),
  chain: (value) =>
    Array.isArray(value)
      ? { chain: value.map((step, index) => readSignature(step, `chain[${index}]`)) }
      : undefined,
};

function links(name: 'link' | 'linkError', value: unknown): MessageOptions | undefined {
  if (value === null || value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return { [name]: list.map((item, index) => readSignature(item, `${name}[${index}]`)) };
}

/**
 * A signature's options, in Celery's names, as ours. Those that only Python understands are left out.
 * @throws InvalidTaskError for a stamp under the name of an option, which would be read as that
 */
export function messageOptions(wire: Readonly<Record<string, unknown>>): MessageOptions {
  const stamps = stampsOf(wire);
  const options: MessageOptions = Object.keys(stamps).length === 0 ? {} : { stamps };
  for (const [name, value] of Object.entries(wire)) {
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (reader && Object.hasOwn(stamps, name)) {
      throw new InvalidTaskError(
        'stamped_headers',
        `stamp '${name}' has the name of an option: it could be either`,
      );
    }
    if (reader) Object.assign(options, reader(value));
  }
  return options;
}

import type { App } from '@lovage/app';
import { CommandError, EXIT } from '../exit.ts';
import { given } from '../given.ts';
import { paintError } from '../output/paint.ts';
import type { RemoteOptions } from './options.ts';
import { textLine } from './plain-value.ts';
import { send } from './send.ts';

/** Celery's default. */
const TIMEOUT_S = 1;

export interface Request {
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Seconds to wait where the user does not say. */
  readonly timeout?: number | undefined;
}

/** The answers of nodes under their names, in the order in which they came. */
export type Replies = ReadonlyMap<string, unknown>;

/** Ask the nodes that the options name and collect what they answer until the time is over. */
export async function ask(
  app: App,
  request: Request,
  options: RemoteOptions,
  onReply?: (node: string, answer: unknown) => void,
): Promise<Replies> {
  const replies = new Map<string, unknown>();
  await send(app, request.method, request.arguments, {
    ...audience(options),
    reply: true,
    timeout: options.timeout ?? request.timeout ?? TIMEOUT_S,
    onReply: (node, answer) => {
      replies.set(node, answer);
      onReply?.(node, answer);
    },
  });
  return replies;
}

/** Whom a request is for. */
export function audience({ destination, pattern }: RemoteOptions) {
  return given({ destination, pattern });
}

/** @throws CommandError (69) in Celery's words when nobody has answered */
export function requireReplies(replies: Replies, { destination = [] }: RemoteOptions): void {
  if (replies.size === 0) {
    throw new CommandError('No nodes replied within time constraint', EXIT.unavailable);
  }
  const silent = destination.filter((node) => !replies.has(node));
  if (silent.length === 0) return;
  const names = silent.map((node) => textLine(node)).join(', ');
  console.error(`${paintError('yellow', 'Warning')}: no reply from ${names}`);
}

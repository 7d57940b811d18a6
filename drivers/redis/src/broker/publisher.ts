import { randomUUID } from 'node:crypto';
import type { OutgoingMessage } from '@lovage/contracts';
import { refuseUnwritable, writeKombu } from '@lovage/protocol';
import type { Connection } from '../connection/connection.ts';
import type { Layout } from './layout.ts';

/** Most messages in one command. */
const COMMAND_SIZE = 1_000;

/** Most messages of one call that are encoded before they are sent: Redis takes one part in while the next is encoded. */
const PART_SIZE = 250;

/** Where a message is put: on a list, or with its due time into the set of those that wait. */
export type Place =
  | { readonly key: string; readonly text: string | Buffer; readonly due?: undefined }
  | { readonly key: string; readonly text: string | Buffer; readonly due: number };

/** The place of a message at this moment. */
export function place(layout: Layout, { queue, envelope, notBefore }: OutgoingMessage): Place {
  const text = writeKombu(envelope, { exchange: '', routingKey: queue, deliveryTag: randomUUID() });
  const { lists, delayed } = layout.queue(queue);
  const level = layout.level(envelope.priority);
  if (notBefore === undefined || notBefore <= Date.now()) return { key: lists[level]!, text: compact(text) };
  return { key: delayed, due: notBefore, text: compact(`${level}${text}`) };
}

const WIDE = /[\u0100-\uffff]/;

/**
 * The client joins what it sends into one string. A character past Latin-1 in one message would make all of that
 * twice as wide and three times as slow to encode, so such a message is encoded by itself.
 */
function compact(text: string): string | Buffer {
  return WIDE.test(text) ? Buffer.from(text) : text;
}

/** One command in the making, and who waits for it. */
interface Outgoing {
  readonly command: (string | Buffer)[];
  readonly sent: Promise<void>;
  readonly settle: (reply: Promise<unknown>) => void;
}

/**
 * Sends messages. All that is published within one turn of the event loop shares one command for each list,
 * which Redis takes several times faster than one command for each message.
 */
export class Publisher {
  readonly #connection: Connection;
  readonly #layout: Layout;
  #pending = new Map<string, Outgoing>();
  #full: Outgoing[] = [];

  constructor(connection: Connection, layout: Layout) {
    this.#connection = connection;
    this.#layout = layout;
  }

  /** Resolves once all are stored. A list keeps the order. */
  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 1) return this.#add(place(this.#layout, messages[0]!));
    // Before the first is sent: one that cannot be encoded keeps its call from being sent in part.
    for (const { envelope } of messages) refuseUnwritable(envelope);
    const parts: Promise<void>[] = [];
    let failed = false;
    for (let from = 0; from < messages.length && !failed; from += PART_SIZE) {
      // A turn of the event loop, in which the client writes the part before.
      if (from > 0) await new Promise(setImmediate);
      const part = this.#send(messages.slice(from, from + PART_SIZE));
      part.catch(() => {
        failed = true;
      });
      parts.push(part);
    }
    await Promise.all(parts);
  }

  async #send(messages: readonly OutgoingMessage[]): Promise<void> {
    const stored = new Set(messages.map((message) => this.#add(place(this.#layout, message))));
    this.#flush();
    await Promise.all(stored);
  }

  #add({ key, text, due }: Place): Promise<void> {
    if (this.#pending.size === 0 && this.#full.length === 0) process.nextTick(() => this.#flush());
    let outgoing = this.#pending.get(key);
    if (!outgoing) {
      outgoing = begin([due === undefined ? 'LPUSH' : 'ZADD', key]);
      this.#pending.set(key, outgoing);
    }
    if (due === undefined) outgoing.command.push(text);
    else outgoing.command.push(String(due), text);
    if (outgoing.command.length > COMMAND_SIZE) {
      this.#pending.delete(key);
      this.#full.push(outgoing);
    }
    return outgoing.sent;
  }

  #flush(): void {
    const all = [...this.#full, ...this.#pending.values()];
    this.#full = [];
    this.#pending = new Map();
    for (const { command, settle } of all) settle(this.#connection.send(command));
  }
}

function begin(command: (string | Buffer)[]): Outgoing {
  let settle!: (reply: Promise<unknown>) => void;
  const sent = new Promise<void>((resolve) => {
    settle = (reply) => resolve(reply.then(() => undefined));
  });
  return { command, sent, settle };
}

import { randomUUID } from 'node:crypto';
import {
  type BusChannel,
  type BusListener,
  type BusMessage,
  DecodeError,
  DriverError,
  type EventBus,
  type ListenOptions,
} from '@lovage/contracts';
import { readKombuBus, writeKombuBus } from '@lovage/protocol';
import type { Layout } from '../broker/layout.ts';
import type { Connection } from '../connection/connection.ts';
import type { Subscriptions } from '../connection/subscriptions.ts';
import type { Tracker } from '../connection/tracker.ts';
import { type Channels, replyAddress, routeOf } from './channels.ts';
import { listenForReplies, type ReplyParts, sendReply } from './replies.ts';

export interface BusParts {
  readonly connection: Connection;
  readonly subscriptions: Subscriptions;
  readonly tracker: Tracker;
  readonly layout: Layout;
  readonly channels: Channels;
  readonly log: (level: 'warn', message: string) => void;
  readonly onClose: () => void;
}

/** All who listen to the same, and what their one subscription calls. */
interface Audience {
  readonly listeners: Set<(message: BusMessage) => void>;
  readonly hear: (raw: Buffer) => void;
}

/** Celery's control requests, their replies and its events, on kombu's channels. */
export class RedisBus implements EventBus {
  readonly #parts: BusParts;
  readonly #replies: ReplyParts;
  /** By channel and topic. */
  readonly #audiences = new Map<string, Audience>();
  readonly #listeners = new Set<BusListener>();
  #closed = false;

  constructor(parts: BusParts) {
    this.#parts = parts;
    this.#replies = { ...parts, read: (raw) => this.#read(raw) };
  }

  async send(channel: BusChannel, message: BusMessage): Promise<void> {
    this.#refuseAfterClose();
    const route = routeOf(channel, message.topic);
    const text = writeKombuBus(message, { ...route, deliveryTag: randomUUID() });
    const oid = replyAddress(channel);
    if (oid !== undefined) return sendReply(this.#replies, oid, text);
    await this.#parts.connection.send(['PUBLISH', this.#parts.channels.of(route), text]);
  }

  async listen(
    channel: BusChannel,
    onMessage: (message: BusMessage) => void,
    { topic = '' }: ListenOptions = {},
  ): Promise<BusListener> {
    this.#refuseAfterClose();
    const oid = replyAddress(channel);
    const inner =
      oid === undefined
        ? await this.#subscribe(channel === 'control' ? 'control' : 'events', topic, onMessage)
        : await listenForReplies(this.#replies, oid, onMessage);
    const listener: BusListener = {
      close: async () => {
        if (this.#listeners.delete(listener)) await inner.close();
      },
    };
    this.#listeners.add(listener);
    return listener;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closing = await Promise.allSettled([...this.#listeners].map((listener) => listener.close()));
    for (const each of closing) if (each.status === 'rejected') this.#parts.log('warn', String(each.reason));
    this.#parts.onClose();
  }

  /** One subscription for all who listen to the same. */
  async #subscribe(
    channel: 'control' | 'events',
    topic: string,
    onMessage: (message: BusMessage) => void,
  ): Promise<BusListener> {
    const { channels, subscriptions } = this.#parts;
    const heard = channels.heard(channel, topic);
    const { listeners, hear } = this.#audience(channel, topic);
    // Its own identity: the same callback may listen twice.
    const tell = (message: BusMessage) => onMessage(message);
    listeners.add(tell);
    try {
      for (const { kind, name } of heard) await subscriptions.subscribe(kind, [name], hear);
    } catch (error) {
      listeners.delete(tell);
      throw error;
    }
    return {
      close: async () => {
        listeners.delete(tell);
        if (listeners.size > 0) return;
        for (const { kind, name } of heard) await subscriptions.unsubscribe(kind, [name]);
      },
    };
  }

  #audience(channel: 'control' | 'events', topic: string): Audience {
    const key = `${channel} ${topic}`;
    const known = this.#audiences.get(key);
    if (known) return known;
    const listeners = new Set<(message: BusMessage) => void>();
    const hear = (raw: Buffer): void => {
      const message = this.#read(raw);
      if (!message?.topic.startsWith(topic)) return;
      for (const tell of [...listeners]) tell(message);
    };
    const audience = { listeners, hear };
    this.#audiences.set(key, audience);
    return audience;
  }

  /** Anybody can publish anything: what cannot be read is said once and left out. */
  #read(raw: Buffer): BusMessage | undefined {
    try {
      return readKombuBus(raw.toString('utf8'));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#parts.log('warn', `a control message or event was left out: ${error.message}`);
      return undefined;
    }
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this bus has been closed');
  }
}

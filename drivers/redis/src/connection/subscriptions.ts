import type { Client, Heard } from './client.ts';
import type { Connection } from './connection.ts';

type Kind = 'channel' | 'pattern';
const KINDS: readonly Kind[] = ['channel', 'pattern'];
type Channels = Readonly<Record<Kind, Map<string, Heard>>>;

/** Pub/sub that survives its connection: what is subscribed is subscribed again on the next one, before that is used. */
export class Subscriptions {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #wanted: Channels = { channel: new Map(), pattern: new Map() };
  /** What the present connection was given when it was made. */
  #renewed: Channels = { channel: new Map(), pattern: new Map() };

  constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    const needed = () => this.#wanted.channel.size + this.#wanted.pattern.size > 0;
    connection.onConnect((client) => this.#subscribeAll(client), needed);
    connection.onReconnect(() => void this.#prune());
  }

  /** Call back after the connection was lost and stands again: what was published meanwhile has been missed. */
  onResume(callback: () => void): void {
    this.#connection.onReconnect(callback);
  }

  /** Hear what is published from now on. One listener for each channel. Rejects with DriverError 'unavailable'. */
  async subscribe(kind: Kind, channels: readonly string[], listener: Heard): Promise<void> {
    for (const channel of channels) this.#wanted[kind].set(channel, listener);
    try {
      await this.#surely((client) => subscribe(client, kind, channels, listener));
    } catch (error) {
      // It may have been heard all the same: only the answer may be missing.
      await this.unsubscribe(kind, channels);
      throw error;
    }
  }

  /** Hear no more of them. While there is no connection there is nothing to tell it. */
  async unsubscribe(kind: Kind, channels: readonly string[]): Promise<void> {
    const wanted = this.#wanted[kind];
    const dropped = new Map(channels.flatMap((channel) => entryOf(wanted, channel)));
    for (const channel of channels) wanted.delete(channel);
    const { client } = this.#connection;
    if (!client) return;
    const told = [...byListener(dropped)].map(([listener, all]) => unsubscribe(client, kind, all, listener));
    // A connection that breaks now is replaced by one without them.
    await this.#connection.answer(client, Promise.all(told)).catch(() => undefined);
  }

  async #subscribeAll(client: Client): Promise<void> {
    this.#renewed = { channel: new Map(this.#wanted.channel), pattern: new Map(this.#wanted.pattern) };
    for (const kind of KINDS) {
      for (const [listener, channels] of byListener(this.#renewed[kind])) {
        await subscribe(client, kind, channels, listener);
      }
    }
  }

  /** What somebody stopped to want while it was being subscribed again, when there was no connection to tell. */
  async #prune(): Promise<void> {
    for (const kind of KINDS) {
      const stale = [...this.#renewed[kind].keys()].filter((channel) => !this.#wanted[kind].has(channel));
      for (const channel of stale) this.#wanted[kind].set(channel, this.#renewed[kind].get(channel)!);
      if (stale.length > 0) await this.unsubscribe(kind, stale);
    }
  }

  async #surely(attempt: (client: Client) => Promise<void>): Promise<void> {
    const deadline = Date.now() + this.#timeoutMs;
    for (;;) {
      const client = await this.#connection.ready(deadline);
      try {
        return await this.#connection.answer(client, attempt(client));
      } catch (error) {
        const failure = this.#connection.judge(client, error);
        if (failure.code !== 'unavailable' || Date.now() >= deadline) throw failure;
      }
    }
  }
}

async function subscribe(
  client: Client,
  kind: Kind,
  channels: readonly string[],
  listener: Heard,
): Promise<void> {
  const all = [...channels];
  if (kind === 'channel') await client.subscribe(all, listener, true);
  else await client.pSubscribe(all, listener, true);
}

/** With its listener, or the client would take a subscription made just now for the one that ends. */
function unsubscribe(client: Client, kind: Kind, channels: string[], listener: Heard): Promise<void> {
  if (kind === 'channel') return client.unsubscribe(channels, listener, true);
  return client.pUnsubscribe(channels, listener, true);
}

function entryOf(wanted: ReadonlyMap<string, Heard>, channel: string): [string, Heard][] {
  const listener = wanted.get(channel);
  return listener ? [[channel, listener]] : [];
}

/** One command for all that a listener hears. */
function byListener(wanted: ReadonlyMap<string, Heard>): ReadonlyMap<Heard, string[]> {
  const result = new Map<Heard, string[]>();
  for (const [channel, listener] of wanted) {
    const here = result.get(listener);
    if (here) here.push(channel);
    else result.set(listener, [channel]);
  }
  return result;
}

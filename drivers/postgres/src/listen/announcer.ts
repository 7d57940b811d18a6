import type { Database } from '../database/database.ts';
import { repeatable } from '../database/statement.ts';

/** Between two rounds of one process, in ms: what is said meanwhile goes together. */
const PAUSE_MS = 5;
/** A payload may not reach 8,000 bytes; words are ASCII. */
const PAYLOAD_MAX = 7900;

const NOTIFY = repeatable(
  'notify',
  'select pg_notify(n.c, n.p) from unnest($1::text[], $2::text[]) as n(c, p)',
);

/**
 * Tells those who listen that there is something new, after it was committed.
 *
 * Not in the same transaction: whoever commits a NOTIFY holds a lock of the whole cluster until its disk has answered,
 * and publishers would stand in line for the disk one by one. This transaction writes nothing, and waits for no disk.
 * Should a process die in between, a look now and then stands behind.
 */
export class Announcer {
  readonly #database: Database;
  readonly #words = new Map<string, Set<string>>();
  #timer: NodeJS.Immediate | NodeJS.Timeout | undefined;
  #saying: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Words without blanks, to be heard together with others of their topic. */
  say(topic: string, words: Iterable<string>): void {
    let waiting = this.#words.get(topic);
    if (!waiting) {
      waiting = new Set();
      this.#words.set(topic, waiting);
    }
    for (const word of words) waiting.add(word);
    if (!this.#timer && !this.#saying) this.#timer = setImmediate(() => this.#speak());
  }

  /** Resolves once everything has been said, or could not be. */
  async finish(): Promise<void> {
    if (this.#words.size > 0) this.#speak();
    while (this.#saying) await this.#saying;
    clearTimeout(this.#timer as NodeJS.Timeout);
    this.#timer = undefined;
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#words.size === 0 || this.#saying) return;
    const [channels, payloads] = this.#take();
    this.#saying = this.#database
      .run(NOTIFY, [channels, payloads])
      .catch((error: Error) =>
        this.#database.options.log('debug', `news could not be told: ${error.message}`),
      )
      .then(() => {
        this.#saying = undefined;
        if (this.#words.size > 0) this.#timer = setTimeout(() => this.#speak(), PAUSE_MS);
      });
  }

  /** Where nobody can be told, at least those in this process are. */
  #take(): [string[], string[]] {
    const channels: string[] = [];
    const payloads: string[] = [];
    for (const [topic, words] of this.#words) {
      for (const payload of packed(words)) {
        channels.push(this.#database.channel(topic));
        payloads.push(payload);
        if (this.#database.pooled) this.#database.listener.hear(this.#database.channel(topic), payload);
      }
    }
    this.#words.clear();
    return [channels, payloads];
  }
}

function packed(words: ReadonlySet<string>): string[] {
  const payloads: string[] = [];
  let payload = '';
  for (const word of words) {
    if (payload.length + word.length >= PAYLOAD_MAX) {
      payloads.push(payload);
      payload = '';
    }
    payload += payload === '' ? word : ` ${word}`;
  }
  payloads.push(payload);
  return payloads;
}

import { randomUUID } from 'node:crypto';
import type { Session } from '../database/session.ts';
import { NOW_MS, repeatable } from '../database/statement.ts';

/** How long senders keep messages for one who looks for them and is not heard of, in ms. */
const LOOKING_MS = 60_000;
/** A message may become visible this much later than one with a higher number, in ms. */
const LATEST_MS = 5000;

const REGISTER = repeatable(
  'look for news',
  `with gone as (delete from lovage.bus_pollers where until <= ${NOW_MS})
  insert into lovage.bus_pollers (id, until) values ($1, ${NOW_MS} + ${LOOKING_MS})
    on conflict (id) do update set until = excluded.until`,
);
const LEAVE = repeatable('look no more', 'delete from lovage.bus_pollers where id = $1');
const NEWEST = repeatable('newest', 'select coalesce(max(seq), 0) as seq from lovage.bus');
const READ = repeatable(
  'read bus',
  `select seq, channel, message, sent < ${NOW_MS} - ${LATEST_MS} as old from lovage.bus
    where seq > $1 and channel = any($2::text[]) order by seq`,
);

interface BusRow {
  readonly seq: number;
  readonly channel: string;
  readonly message: string;
  readonly old: boolean;
}

/** Looks for messages where nobody can be told of them: has senders keep them, and reads what is new. */
export class PolledBus {
  readonly #database: Session;
  readonly #id = randomUUID();
  readonly #deliver: (channel: string, message: string) => void;
  /** Channels, and the number after which each is heard. */
  readonly #channels = new Map<string, number>();
  /** Read already, with numbers above the floor. */
  readonly #seen = new Set<number>();
  #floor = 0;
  #registeredAt = 0;
  /** The last greeting or farewell. */
  #before: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(database: Session, deliver: (channel: string, message: string) => void) {
    this.#database = database;
    this.#deliver = deliver;
  }

  /** Resolves once what is sent from now on is heard. */
  async add(channel: string): Promise<void> {
    if (this.#channels.has(channel)) return;
    // Counted from now, so that the end of another one's does not end this one's.
    this.#channels.set(channel, Number.POSITIVE_INFINITY);
    try {
      await this.#register();
      const [row] = await this.#database.run<{ readonly seq: number }>(NEWEST);
      if (![...this.#channels.values()].some(Number.isFinite)) {
        this.#floor = row!.seq;
        this.#seen.clear();
      }
      this.#channels.set(channel, row!.seq);
    } catch (error) {
      void this.drop(channel);
      throw error;
    }
    this.#timer ??= setInterval(() => void this.#look(), this.#database.pollMs);
  }

  async drop(channel: string): Promise<void> {
    this.#channels.delete(channel);
    if (this.#channels.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#inTurn(async () => {
      if (this.#registeredAt === 0 || this.#channels.size > 0) return;
      this.#registeredAt = 0;
      await this.#database.run(LEAVE, [this.#id]).catch(() => {}); // It will be forgotten.
    });
  }

  async #register(): Promise<void> {
    await this.#inTurn(async () => {
      if (Date.now() - this.#registeredAt < LOOKING_MS / 3) return;
      const now = Date.now();
      await this.#database.run(REGISTER, [this.#id]);
      this.#registeredAt = now;
    });
  }

  /** One after the other: a farewell that arrives behind the next greeting would undo it. */
  #inTurn(job: () => Promise<void>): Promise<void> {
    const done = this.#before.then(job);
    this.#before = done.catch(() => {});
    return done;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#register();
      const rows = await this.#database.run<BusRow>(READ, [this.#floor, [...this.#channels.keys()]]);
      for (const row of rows) this.#read(row);
    } catch (error) {
      this.#database.options.log('debug', `bus: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#looking = false;
    }
  }

  #read({ seq, channel, message, old }: BusRow): void {
    if (!this.#seen.has(seq)) {
      this.#seen.add(seq);
      if (seq > (this.#channels.get(channel) ?? Number.POSITIVE_INFINITY)) this.#deliver(channel, message);
    }
    if (!old) return;
    this.#floor = Math.max(this.#floor, seq);
    this.#seen.delete(seq);
  }
}

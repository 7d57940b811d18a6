import type { BusChannel, BusMessage, EventBus } from '@lovage/contracts';
import type { Session } from './session.ts';

/** What no listener has read after this long, in ms, is gone: it was away, and there is no replay. */
const KEEP_MS = 60_000;
/** The most messages kept, however young. */
const KEEP_COUNT = 10_000;
/** How often a sender trims, in messages. */
const TRIM_EVERY = 500;

interface Listening {
  readonly channel: BusChannel;
  /** What the topics it hears begin with. */
  readonly topic: string;
  readonly onMessage: (message: BusMessage) => void;
  last: number;
}

/** A table that everybody appends to and each listener reads from where it left off. */
export function sqliteBus(database: Session): EventBus {
  const listeners = new Set<Listening>();
  let stop: (() => void) | undefined;
  let untrimmed = TRIM_EVERY - 1; // The first message of a process trims: most send few.

  function look(): void {
    for (const listener of listeners) {
      database
        .read(() => unread(database, listener))
        .then(
          (messages) => {
            for (const message of messages) if (listeners.has(listener)) listener.onMessage(message);
          },
          (error: Error) => database.options.log('warn', error.message), // The next commit makes us look again.
        );
    }
  }

  function endListening(listener: Listening): void {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
  }

  return {
    async send(channel, message) {
      const headers = JSON.stringify(message.headers);
      untrimmed += 1;
      const trimNow = untrimmed >= TRIM_EVERY;
      if (trimNow) untrimmed = 0;
      await database.write(() => {
        const now = Date.now();
        database
          .statement('insert into bus (channel, topic, headers, body, sent) values (?, ?, ?, ?, ?)')
          .run(channel, message.topic, headers, message.body, now);
        if (trimNow) trim(database, now);
        database.touch('bus');
      });
    },

    async listen(channel, onMessage, { topic = '' } = {}) {
      await database.open();
      // Wakes first, then the place to read from: nothing can slip between them.
      stop ??= database.changes.on('bus', look);
      const listener: Listening = { channel, topic, onMessage, last: Number.POSITIVE_INFINITY };
      listeners.add(listener);
      try {
        listener.last = await database.read(() => newest(database));
      } catch (error) {
        endListening(listener);
        throw error;
      }
      return { close: async () => endListening(listener) };
    },

    async close() {
      for (const listener of listeners) endListening(listener);
      await database.close();
    },
  };
}

function unread(database: Session, listener: Listening): readonly BusMessage[] {
  const { channel, topic, last } = listener;
  // Up to here it has looked, also where nothing was for it.
  listener.last = Math.max(last, newest(database));
  const rows = database
    .statement(`select topic, headers, body from bus
      where channel = ? and seq > ? and seq <= ? and substr(topic, 1, ?) = ? order by seq`)
    .all(channel, last, listener.last, topic.length, topic);
  return rows.map((row) => ({
    topic: row['topic'] as string,
    headers: JSON.parse(row['headers'] as string) as BusMessage['headers'],
    body: row['body'] as Uint8Array,
  }));
}

function newest(database: Session): number {
  const row = database.statement(`select seq from sqlite_sequence where name = 'bus'`).get();
  return (row?.['seq'] as number | undefined) ?? 0;
}

/** The oldest are too old or too many; `sent` follows `seq` closely enough. */
function trim(database: Session, now: number): void {
  database
    .statement(`delete from bus where seq <= max(
      (select seq from sqlite_sequence where name = 'bus') - ${KEEP_COUNT},
      coalesce((select max(seq) from bus where sent <= ?), 0))`)
    .run(now - KEEP_MS);
}

import type { BusListener, BusMessage } from '@lovage/contracts';
import { WakeBell } from '@lovage/contracts/kit';
import type { Layout } from '../broker/layout.ts';
import type { Connection } from '../connection/connection.ts';
import type { Tracker } from '../connection/tracker.ts';
import { replyQueue, routeOf } from './channels.ts';

/** Replies taken at once. */
const PART = 100;
const POLL_MS = 1_000;
const BLIND_POLL_MS = 50;
const REPEATABLE = { repeatable: true } as const;

/** A reply that nobody takes is gone after this: whoever asked has given up long before. */
const REPLY_TTL_S = 60;

/** What lies in the queue of an address that was given up, and for how long. */
const STONE = '';
const STONE_MS = 2_000;

/** What replies need of their bus. */
export interface ReplyParts {
  readonly connection: Connection;
  readonly tracker: Tracker;
  readonly layout: Layout;
  readonly read: (raw: Buffer) => BusMessage | undefined;
}

/** Replies are no broadcast: kombu keeps them in a queue of whoever asked, bound to an exchange by his address. */
export async function sendReply(
  { connection, layout }: ReplyParts,
  oid: string,
  text: string,
): Promise<void> {
  const { exchange } = routeOf(`reply:${oid}`, '');
  const members = await connection.send(['SMEMBERS', layout.exchange(exchange)], REPEATABLE);
  const bindings = [...(members as Iterable<string>)].map((member) => layout.readBinding(member));
  // Nobody listens any more: as in Celery, the reply is for nobody.
  const lists = bindings
    .filter(({ routingKey }) => routingKey === oid)
    .map(({ queue }) => layout.list(queue, undefined));
  await connection.sendAll(
    lists.flatMap((list) => [
      ['LPUSH', list, text],
      ['EXPIRE', list, String(REPLY_TTL_S)],
    ]),
  );
}

/** Bind the queue of an address and take what comes into it. */
export async function listenForReplies(
  parts: ReplyParts,
  oid: string,
  onMessage: (message: BusMessage) => void,
): Promise<BusListener> {
  const { connection, layout, tracker } = parts;
  const queue = replyQueue(oid);
  const list = layout.list(queue, undefined);
  const exchange = layout.exchange(routeOf(`reply:${oid}`, '').exchange);
  const binding = layout.binding(oid, queue);
  const bind = ['SADD', exchange, binding];
  await connection.send(bind, REPEATABLE);

  const closing = new AbortController();
  const bell = new WakeBell();
  const stopListening = tracker.listen([list], () => bell.ring());
  const taking = take();

  async function take(): Promise<void> {
    while (!closing.signal.aborted) {
      bell.reset();
      const waitMs = await look().catch(() => POLL_MS / 4);
      await bell.heard(waitMs, closing.signal);
    }
  }

  /** Answers how long there is nothing to do. */
  async function look(): Promise<number> {
    const taken = connection.send(['RPOP', list, String(PART)], { buffers: true });
    // Bound again each time: a server that lost its data knows of nobody who listens.
    const [found] = await Promise.all([taken, connection.send(bind).catch(() => undefined)]);
    for (const raw of (found as readonly Buffer[] | null) ?? []) {
      if (raw.length === 0) continue;
      const message = parts.read(raw);
      if (message && !closing.signal.aborted) onMessage(message);
    }
    if (found !== null) return 0;
    const outlook = await tracker.look([list], []);
    if (outlook === undefined) return BLIND_POLL_MS;
    return outlook.ready ? 0 : POLL_MS;
  }

  return {
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      stopListening();
      await taking;
      await connection.sendAll(
        [
          ['SREM', exchange, binding],
          ['DEL', list],
          // Whoever read the binding a moment ago still answers. kombu gives its lists no end: it finds one that has.
          ['LPUSH', list, STONE],
          ['PEXPIRE', list, String(STONE_MS)],
        ],
        REPEATABLE,
      );
    },
  };
}

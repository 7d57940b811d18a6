import type { Session } from '../database/session.ts';

/** The topic under which processes tell each other of messages. */
export const TOPIC = 'messages';

/** Where there is something new, and from when (epoch ms; 0 for now). As said: `7` or `7@1780000000000`. */
export interface Wake {
  readonly queue: number;
  readonly from: number;
}

/** Tells who waits for them of rows that were committed. */
export function announce(
  database: Session,
  rows: readonly { readonly queue: string; readonly due: number }[],
  ids: ReadonlyMap<string, number>,
  now: number,
  topic = TOPIC,
): void {
  const soonest = new Map<number, number>();
  for (const { queue, due } of rows) {
    const id = ids.get(queue)!;
    const from = due > now ? due : 0;
    soonest.set(id, Math.min(soonest.get(id) ?? Number.POSITIVE_INFINITY, from));
  }
  database.announcer.say(
    topic,
    [...soonest].map(([queue, from]) => (from === 0 ? `${queue}` : `${queue}@${from}`)),
  );
}

/** Of queues in which something became ready. */
export function announceReady(database: Session, queues: Iterable<number>, topic = TOPIC): void {
  database.announcer.say(topic, [...new Set(queues)].map(String));
}

export function readWakes(payload: string): Wake[] {
  return payload.split(' ').map((word) => {
    const [queue, from = 0] = word.split('@');
    return { queue: Number(queue), from: Number(from) };
  });
}

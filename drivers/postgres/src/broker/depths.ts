import type { QueueDepth } from '@lovage/contracts';
import type { Session } from '../database/session.ts';
import type { Statement } from '../database/statement.ts';

interface DepthRow {
  readonly id: number;
  readonly ready: number;
  readonly delayed: number;
  readonly claimed: number;
}

/** @param statement of the ids of queues and the time, in epoch ms; a queue that it does not answer is empty */
export async function depthsBy(
  statement: Statement,
  database: Session,
  queues: readonly string[],
  ids: ReadonlyMap<string, number>,
): Promise<QueueDepth[]> {
  const known = queues.flatMap((queue) => ids.get(queue) ?? []);
  const rows = known.length > 0 ? await database.run<DepthRow>(statement, [known, Date.now()]) : [];
  const byId = new Map(rows.map((row) => [row.id, row]));
  return queues.map((queue) => {
    const { ready = 0, delayed = 0, claimed = 0 } = byId.get(ids.get(queue) ?? 0) ?? {};
    return { queue, ready, delayed, claimed };
  });
}

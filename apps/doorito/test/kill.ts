/** A worker that is killed in the middle of many deliveries: every event arrives, and each repeat is one whose answer was lost. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { openDatabase } from '@lovage/kysely';
import { Outbox, type OutboxStatus } from '@lovage/outbox';
import { startReceiver } from '../../../tools/services.ts';
import { manage, startWorker } from './processes.ts';
import { clientOf, type Home } from './stage.ts';
import { until } from './until.ts';

const DELIVER = 'common.tasks.deliver_outbox_events_task';

interface Tables {
  outbox_deliveries: { event_id: string; status: OutboxStatus; attempts: number; lease: string | null };
}

export interface Herd {
  readonly events: number;
  /** The worker is killed when so many have arrived; then another is started. */
  readonly kills: readonly number[];
}

export async function examineKills(t: TestContext, home: Home, { events, kills }: Herd): Promise<void> {
  /** Whose sender was gone, or had given up, before the answer was out. */
  const unheard = new Set<string>();
  /** From so many on nobody is answered, until the kill: it always finds tries under way. */
  let answered = kills[0]!;
  await using receiver = await startReceiver({
    '/': (response, _, { headers }) => {
      response.on('close', () => response.writableFinished || unheard.add(headers['webhook-id'] as string));
      setTimeout(() => arrived().size < answered && response.writeHead(204).end(), 100);
    },
  });
  const arrived = () => new Set(receiver.received.map(({ headers }) => headers['webhook-id'] as string));
  const env = {
    ...home.env,
    WEBHOOK_TIMEOUT_SECONDS: '0.7',
    WEBHOOK_RETRY_SCHEDULE: '0,0,0,0,0,0,0,0',
    OUTBOX_BATCH_SIZE: '10',
    LOVAGE_LEASE_SECONDS: '1',
  };
  const db = openDatabase<Tables>(home.databaseUrl);
  t.after(() => db.destroy());
  await manage(['migrate'], env, home.folder);
  const outbox = new Outbox(db, { allowHttp: true, allowAddresses: ['127.0.0.1'] });
  await outbox.endpoints.add({ url: receiver.url('/') });
  const { send } = clientOf(t, home);

  const ids = await outbox.transaction((trx) =>
    Promise.all(Array.from({ length: events }, (_, n) => outbox.emit(trx, 'file.uploaded', { n }))),
  );
  const interrupted = new Set<string>();
  let worker = await startWorker(env, home.folder, 2);
  await Promise.all(Array.from({ length: 3 }, () => send(DELIVER)));
  for (const [index, count] of kills.entries()) {
    await until(`${count} of ${events} arrive`, () => arrived().size >= count);
    await worker.kill();
    // Begun, and no answer written down.
    const open = await db
      .selectFrom('outbox_deliveries')
      .select('event_id')
      .where('lease', 'is not', null)
      .where('status', '=', 'PENDING')
      .execute();
    for (const { event_id } of open) interrupted.add(event_id);
    answered = kills[index + 1] ?? Number.POSITIVE_INFINITY;
    worker = await startWorker(env, home.folder, 2);
  }
  // The killed tasks come back by themselves; beat sweeps beside them, until the leases of the dead have lapsed.
  let lastSweep = 0;
  await until('all are delivered', async () => {
    if (Date.now() - lastSweep > 300) {
      lastSweep = Date.now();
      await send(DELIVER);
    }
    const open = await db
      .selectFrom('outbox_deliveries')
      .select('event_id')
      .where('status', '=', 'PENDING')
      .execute();
    const made = await db.selectFrom('outbox_deliveries').select('event_id').execute();
    return made.length === events && open.length === 0;
  });
  await worker.end('SIGTERM');

  assert.deepEqual([...arrived()].sort(), [...ids].sort(), 'every event arrives');
  const counts = new Map<string, number>();
  for (const { headers } of receiver.received) {
    const id = headers['webhook-id'] as string;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const repeated = [...counts].filter(([, count]) => count > 1);
  const rows = await db.selectFrom('outbox_deliveries').select(['event_id', 'attempts', 'status']).execute();
  for (const [id, count] of repeated) {
    assert.ok(
      interrupted.has(id) || unheard.has(id),
      `${id} arrived ${count} times, and every answer was heard`,
    );
    assert.ok(
      rows.find(({ event_id }) => event_id === id)!.attempts >= count,
      'each time was a try of its own',
    );
  }
  assert.ok(interrupted.size > 0, 'nothing was interrupted: the kills came too late');
  t.diagnostic(
    `${events} events, ${kills.length} kills, ${interrupted.size} tries interrupted (${unheard.size} before the answer), ${receiver.received.length - events} repeats of ${repeated.length} events`,
  );
}

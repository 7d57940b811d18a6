import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@lovage/contracts';
import { requireService, startPostgres } from '../../../tools/services.ts';
import { message } from './messages.ts';
import { World } from './world.ts';

/** LOVAGE_BLOAT_TASKS for a quicker look. */
const TASKS = Number(process.env['LOVAGE_BLOAT_TASKS'] ?? 1_000_000);
const LIMIT_MB = 50;
const BATCH = 1000;

const skip = requireService('postgres', { control: true });

for (const [name, run] of [
  ['that wait all at once', (broker: Broker) => fill(broker).then(() => drain(broker))],
  ['that pass through', (broker: Broker) => Promise.all([fill(broker), drain(broker)])],
] as const) {
  test(`${TASKS.toLocaleString('en')} tasks ${name} leave less than ${LIMIT_MB} MB`, {
    skip,
    timeout: 1_800_000,
  }, async (t) => {
    await using server = await startPostgres({ control: true, settings: { autovacuum_naptime: '10s' } });
    await using world = new World(server.url);
    const broker = world.open().broker();
    const startedAt = Date.now();
    await run(broker);
    t.diagnostic(`${Math.round((TASKS / (Date.now() - startedAt)) * 1000)} tasks a second`);
    await report(t, world, 'when the last is done');
    await vacuumed(world);
    const total = await report(t, world, 'after autovacuum');
    assert.ok(total < LIMIT_MB * 1_000_000, `${total} bytes are left`);
  });
}

async function fill(broker: Broker): Promise<void> {
  for (let sent = 0; sent < TASKS; sent += BATCH) {
    await broker.publish(Array.from({ length: BATCH }, (_, i) => message('celery', [sent + i])));
  }
}

/** Two consumers, as a worker does: the next claim beside each settlement. */
async function drain(broker: Broker): Promise<void> {
  let done = 0;
  const all = new AbortController();
  const loop = async (consumer: string) => {
    const options = { consumer, queues: ['celery'], prefetch: 400, leaseMs: 60_000 };
    const mine = await broker.consume(options);
    let settling: Promise<unknown> = Promise.resolve();
    while (!all.signal.aborted) {
      const deliveries = await mine.claim(100, all.signal);
      await settling;
      settling = mine.settle(deliveries.map((delivery) => ({ kind: 'done', delivery })));
      done += deliveries.length;
      if (done === TASKS) all.abort();
    }
    await settling;
    await mine.close();
  };
  await Promise.all([loop('a'), loop('b')]);
}

interface Size {
  readonly name: string;
  readonly bytes: string;
}

/** Says how large what is, and answers the sum. */
async function report(t: TestContext, world: World, when: string): Promise<number> {
  const sizes = await world.query<Size>(
    `select relname as name, pg_relation_size(oid) as bytes from pg_class
      where relnamespace = '${world.schema}'::regnamespace and relkind in ('r', 'i', 't') order by 2 desc`,
  );
  const [row] = await world.query<{ readonly bytes: string }>(
    `select sum(pg_total_relation_size(oid)) as bytes from pg_class
      where relnamespace = '${world.schema}'::regnamespace and relkind = 'r'`,
  );
  const total = Number(row!.bytes);
  const largest = sizes.slice(0, 4).map(({ name, bytes }) => `${name} ${(Number(bytes) / 1e6).toFixed(1)}`);
  t.diagnostic(`${when}: ${(total / 1e6).toFixed(1)} MB (${largest.join(', ')})`);
  return total;
}

/** Waits until autovacuum has come after the last task. */
async function vacuumed(world: World): Promise<void> {
  const [{ now }] = (await world.query<{ readonly now: Date }>('select now()')) as [{ readonly now: Date }];
  for (;;) {
    const [row] = await world.query<{ readonly done: boolean }>(
      `select coalesce(last_autovacuum > $1, false) and n_dead_tup < 5000 as done from pg_stat_all_tables
        where schemaname = '${world.schema}' and relname = 'messages'`,
      [now],
    );
    if (row?.done) return;
    await sleep(1000);
  }
}

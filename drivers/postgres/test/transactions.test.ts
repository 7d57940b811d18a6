import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { drizzleTx, kyselyTx, postgresJsTx, prismaTx, type SqlTransaction } from '@lovage/postgres';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect } from 'kysely';
import { Lovage } from 'lovage';
import { Pool } from 'pg';
import postgresJs from 'postgres';
import { requireService } from '../../../tools/services.ts';
import { message } from './messages.ts';
import { rawClient, stopSharedServer, World } from './world.ts';

class RolledBack extends Error {}

/** Begins a transaction, lets `work` use it, and commits it unless that rejects. */
type InTransaction = (url: string, work: (tx: SqlTransaction) => Promise<void>) => Promise<void>;

const CLIENTS: Readonly<Record<string, InTransaction>> = {
  async pg(url, work) {
    await using raw = await rawClient(url);
    await raw.query('begin');
    try {
      await work(raw.client as unknown as SqlTransaction);
      await raw.query('commit');
    } catch (error) {
      await raw.query('rollback');
      throw error;
    }
  },

  async kysely(url, work) {
    const db = new Kysely<object>({
      dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }),
    });
    try {
      await db.transaction().execute((trx) => work(kyselyTx(trx)));
    } finally {
      await db.destroy();
    }
  },

  async drizzle(url, work) {
    const pool = new Pool({ connectionString: url });
    try {
      await drizzle(pool).transaction((tx) => work(drizzleTx(tx, sql)));
    } finally {
      await pool.end();
    }
  },

  async 'postgres.js'(url, work) {
    const db = postgresJs(url, { onnotice() {} });
    try {
      await db.begin((tx) => work(postgresJsTx(tx)));
    } finally {
      await db.end();
    }
  },

  /** Its shape alone: its client must be generated, and brings an engine. */
  async 'the shape of Prisma'(url, work) {
    await CLIENTS['pg']!(url, (tx) =>
      work(prismaTx({ $executeRawUnsafe: (text: string, ...values: unknown[]) => tx.query(text, values) })),
    );
  },
};

describe('postgres: transactions of others', { skip: requireService('postgres') }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.dispose());
  after(stopSharedServer);

  for (const [name, inTransaction] of Object.entries(CLIENTS)) {
    test(`${name}: messages exist exactly when it commits`, async () => {
      const broker = world.open().broker();
      await broker.declare([{ name: 'q' }]);
      const consumer = await broker.consume({ consumer: 'c', queues: ['q'], prefetch: 10, leaseMs: 60_000 });
      const waiting = consumer.claim(10, AbortSignal.timeout(20_000));
      const sent = [message('q', ["it's $1, é \\ \0 ☃"]), message('q', [2])];
      const later = message('later', [], Date.now() + 60_000);

      await assert.rejects(
        inTransaction(world.url, async (tx) => {
          await broker.publish([message('q'), message('unheard of')], { tx });
          throw new RolledBack();
        }),
        RolledBack,
      );
      await inTransaction(world.url, async (tx) => {
        await broker.publish(sent, { tx });
        await broker.publish([later], { tx });
        const [seen] = await broker.depth(['q']);
        assert.equal(seen?.ready, 0, 'nobody else sees it yet');
      });

      const deliveries = await waiting;
      assert.deepEqual(
        deliveries.map(({ envelope }) => ({ ...envelope, body: Buffer.from(envelope.body).toString() })),
        sent.map(({ envelope }) => ({ ...envelope, body: Buffer.from(envelope.body).toString() })),
      );
      assert.deepEqual(
        (await broker.depth(['unheard of', 'later'])).map(({ ready, delayed }) => [ready, delayed]),
        [
          [0, 0],
          [0, 1],
        ],
      );
    });
  }

  test('what is no transaction is refused', async () => {
    const broker = world.open().broker();
    const pool = new Pool({ connectionString: world.url });
    await using idle = await rawClient(world.url);
    try {
      for (const [tx, pattern] of [
        [{}, /must be the client of pg/],
        [null, /must be the client of pg/],
        [pool, /is a pool/],
        [idle.client, /has begun no transaction/],
      ] as const) {
        await assert.rejects(broker.publish([message('q')], { tx }), (error) => {
          assert.ok(error instanceof DriverError && error.code === 'refused', String(error));
          assert.match(error.message, pattern);
          return true;
        });
      }
    } finally {
      await pool.end();
    }
    assert.equal((await broker.depth(['q']))[0]?.ready, 0);
  });

  test('a transaction in another database is refused', async () => {
    const broker = world.open().broker();
    const elsewhere = new URL(world.url);
    elsewhere.pathname = '/template1';
    await using other = await rawClient(elsewhere.href);
    await other.query('begin');
    await assert.rejects(broker.publish([message('q')], { tx: other.client }), {
      code: 'refused',
      message: /in a transaction of yours: .*does not exist/,
    });
  });

  test('a call of a task is made when the transaction commits', async () => {
    const url = `${world.url}?schema=${world.schema}`;
    await using app = await appOn(url);
    const done: number[] = [];
    const note = app.lovage.task('tx.note', (n: number) => void done.push(n));
    const worker = await app.lovage.worker({ concurrency: 2 });
    try {
      await CLIENTS['pg']!(world.url, async (tx) => {
        await note.applyAsync([1], { tx });
        await app.lovage.bulk([2, 3].map((n) => ({ task: note, args: [n], options: { tx } })));
        throw new RolledBack();
      }).catch(() => {});
      let result: Awaited<ReturnType<typeof note.applyAsync>> | undefined;
      await CLIENTS['pg']!(world.url, async (tx) => {
        result = await note.applyAsync([4], { tx });
        await assert.rejects(
          app.lovage.bulk([
            { task: note, args: [5], options: { tx } },
            { task: note, args: [6] },
          ]),
          /must have the same tx/,
        );
        await assert.rejects(note.s(7).applyAsync([], { tx: {} }), /must be the client of pg/);
      });
      await result!.get({ timeout: 20 });
      assert.deepEqual(done, [4]);
    } finally {
      await worker.stop();
    }
  });

  test('a broker that is no database takes none', async () => {
    await using app = await appOn('memory://tx');
    const note = app.lovage.task('tx.note', (n: number) => n);
    await assert.rejects(note.applyAsync([1], { tx: { query() {} } }), {
      name: 'InvalidCall',
      message: /memory:\/\/tx takes no transaction/,
    });
  });
});

async function appOn(brokerUrl: string) {
  const lovage = new Lovage('tx', { brokerUrl, resultBackend: brokerUrl, lovageLogLevel: 'error' });
  return { lovage, [Symbol.asyncDispose]: () => lovage.close() };
}

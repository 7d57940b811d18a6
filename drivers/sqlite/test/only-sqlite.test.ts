import assert from 'node:assert/strict';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { TAKE } from '../src/broker/claims.ts';
import { connect } from '../src/node-sqlite.ts';
import { keyOf } from '../src/results/store.ts';
import { message, record } from './messages.ts';
import { run } from './processes.ts';
import { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(() => world.dispose());

const within = (ms: number) => AbortSignal.timeout(ms);
const consumerOf = (queue: string) => ({ consumer: 'test', queues: [queue], prefetch: 500, leaseMs: 60_000 });

describe('sqlite: parked messages', () => {
  test('100,000 of them are counted, leave claims alone, and can be purged', async () => {
    const broker = world.open().broker();
    const notBefore = Date.now() + 3_600_000;
    await broker.publish(Array.from({ length: 100_000 }, (_, i) => message('q', `parked ${i}`, notBefore)));
    await broker.publish([message('q', 'now')]);
    const consumer = await broker.consume(consumerOf('q'));
    const claimed = await consumer.claim(10, within(4000));
    assert.deepEqual(
      claimed.map((delivery) => delivery.envelope.id),
      ['now'],
    );
    assert.deepEqual(await broker.depth(['q']), [{ queue: 'q', ready: 0, delayed: 100_000, claimed: 1 }]);
    assert.equal(await broker.purge('q'), 100_000);
  });

  test('a claim reads the head of its queue from the index: no scan, no sort', async () => {
    const store = world.open();
    await store.open();
    for (const [name, sql] of Object.entries(TAKE)) {
      const plan = world.query(`explain query plan ${sql}`).map((row) => String(row['detail']));
      assert.ok(
        plan.some((step) => step === 'SEARCH ready USING PRIMARY KEY (queue=?)'),
        `${name}: ${plan.join('; ')}`,
      );
      for (const step of plan) assert.doesNotMatch(step, /^SCAN|TEMP B-TREE/, `${name}: ${step}`);
    }
  });
});

describe('sqlite: the file', () => {
  test('it and its directory are made for this user alone', async () => {
    await world.open().open();
    assert.equal((await stat(world.path)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(world.path))).mode & 0o777, 0o700);
  });

  test('a file that is no database is refused', async () => {
    await mkdir(dirname(world.path));
    await writeFile(world.path, 'Dear diary, '.repeat(100));
    await assert.rejects(world.open().open(), {
      code: 'refused',
      message: /is not an SQLite database: name another/,
    });
  });

  test("another application's database is refused and left alone", async () => {
    await mkdir(dirname(world.path));
    const theirs = connect(world.path);
    theirs.exec('create table patients (id integer primary key)');
    theirs.close();
    await assert.rejects(world.open().open(), {
      code: 'refused',
      message: /database of another application/,
    });
    assert.deepEqual(world.query('select name from sqlite_schema'), [{ name: 'patients' }]);
  });

  test('a newer schema is refused', async () => {
    await world.open().open();
    const newer = connect(world.path);
    newer.exec('pragma user_version = 99');
    newer.close();
    await assert.rejects(world.open().broker().declare([]), {
      code: 'refused',
      message: /written by a newer Lovage \(schema 99; this one knows \d+\): update @lovage\/sqlite/,
    });
  });

  test('a directory that cannot be made is explained', async () => {
    await mkdir(dirname(dirname(world.path)), { recursive: true });
    await writeFile(dirname(world.path), 'a file where the directory should be');
    await assert.rejects(world.open().open(), {
      code: 'refused',
      message: /a file stands where a directory should be/,
    });
  });

  test('a file that may only be read is explained', async () => {
    await run(world.url, 'open');
    await chmod(dirname(dirname(world.path)), 0o755);
    await chmod(dirname(world.path), 0o555);
    await chmod(world.path, 0o444);
    // Root may write anything, so be somebody else for a moment.
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      await assert.rejects(
        world
          .open()
          .broker()
          .publish([message('q', 'x')]),
        {
          code: 'refused',
          message: /lovage\.db: .* writable by this user/,
        },
      );
    } finally {
      if (root) process.seteuid?.(0);
      await chmod(dirname(world.path), 0o755);
    }
  });

  test('a row that somebody wrote over is delivered with a fault', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q', 'a'), message('q', 'b')]);
    world.query(`update messages set envelope = '{"id": tru' where id = 1`);
    world.query(`update messages set envelope = '[]' where id = 2`);
    const consumer = await broker.consume(consumerOf('q'));
    const [a, b] = await consumer.claim(2, within(4000));
    assert.match(a?.fault ?? '', /envelope column cannot be read/);
    assert.equal(new TextDecoder().decode(a?.envelope.body), '{"id": tru');
    assert.match(b?.fault ?? '', /not an envelope/);
  });

  test('a role that is closed is closed; the others go on, and a new one opens the file again', async () => {
    const store = world.open();
    await store.broker().publish([message('q', 'a')]);
    await store.results().close();
    await assert.rejects(store.results().fetch(['x']), { code: 'closed' });
    assert.equal((await store.broker().depth(['q']))[0]?.ready, 1);
    await store.broker().close();
    assert.equal((await store.locks().acquire('l', 'me', 1000))?.owner, 'me');
    await store.close();
    await assert.rejects(store.ping(), { code: 'closed' });
  });
});

describe('sqlite: results', () => {
  test('two tasks whose ids share a hash are told apart', async () => {
    const [one, other] = ['costarring', 'liquid'];
    assert.equal(keyOf(one!), keyOf(other!));
    const results = world.open().results();
    await results.store([record(one!), record(other!, 'FAILURE')]);
    await results.store([record(other!, 'SUCCESS'), record(one!, 'FAILURE')]);
    const found = await results.fetch([one!, other!]);
    assert.deepEqual(
      [...found.values()].map(({ taskId, state }) => [taskId, state]),
      [
        [one, 'SUCCESS'],
        [other, 'SUCCESS'],
      ],
    );
    await results.forget([one!]);
    assert.deepEqual([...(await results.fetch([one!, other!])).keys()], [other]);
  });

  test('a sweep deletes what has expired, results and chords, no more than asked', async () => {
    const results = world.open().results();
    await results.store(['a', 'b', 'c'].map((id) => record(id, 'SUCCESS', 1)));
    await results.store([record('kept')]);
    const chord = { members: ['t0', 't1'], plan: new Uint8Array() };
    await results.chords?.open({ ...chord, id: 'old', ttlMs: 1 });
    await results.chords?.open({ ...chord, id: 'young', ttlMs: 60_000 });
    const expired = () =>
      world.query(`select 1 from chords where id = 'old' and expires <= ${Date.now()}`).length === 1;
    while (!expired()) await new Promise(setImmediate);
    assert.deepEqual([await results.sweep(2), await results.sweep(10), await results.sweep(10)], [2, 2, 0]);
    assert.deepEqual(world.query('select task_id from results'), [{ task_id: 'kept' }]);
    assert.deepEqual(world.query('select id from chords'), [{ id: 'young' }]);
  });
});

describe('sqlite: bus', () => {
  test('the table is trimmed, and who listens still hears everything', async () => {
    const bus = world.open().bus();
    let heard = 0;
    await bus.listen('events', () => {
      heard += 1;
    });
    const total = 11_000;
    const body = new TextEncoder().encode('{}');
    for (let sent = 0; sent < total; sent += 1000) {
      await Promise.all(
        Array.from({ length: 1000 }, () => bus.send('events', { topic: 'task-sent', headers: {}, body })),
      );
    }
    while (heard < total) await new Promise(setImmediate);
    const [kept] = world.query('select count(*) as count from bus');
    assert.ok(Number(kept?.['count']) <= 10_500, `${kept?.['count']} messages kept`);
  });
});

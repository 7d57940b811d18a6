import assert from 'node:assert/strict';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Delivery } from '@lovage/contracts';
import { TAKE } from '../src/broker/claims.ts';
import { connect } from '../src/node-sqlite.ts';
import { keyOf } from '../src/results/store.ts';
import { message, record } from './messages.ts';
import { killAfter, run, start } from './processes.ts';
import { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(() => world.dispose());

const within = (ms: number) => AbortSignal.timeout(ms);
const consumerOf = (queue: string) => ({ consumer: 'test', queues: [queue], prefetch: 500, leaseMs: 60_000 });

/** A look at the file past the driver. */
function query(sql: string): Record<string, unknown>[] {
  const connection = connect(world.path);
  try {
    return connection
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    connection.close();
  }
}

describe('sqlite: killed processes', { timeout: 30_000 }, () => {
  test('every acknowledged publish is there, and the file is sound', async () => {
    const acknowledged = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      const children = [0, 1].map((n) => start(world.url, 'publish', `${round}.${n}`));
      for (const child of children) {
        child.on('message', (ids) => {
          for (const id of ids as string[]) acknowledged.add(id);
        });
      }
      await Promise.all(children.map((child, n) => killAfter(child, 20 + 37 * n + 11 * round)));
      assert.deepEqual(query('pragma integrity_check'), [{ integrity_check: 'ok' }]);
    }
    const kept = new Set(
      query('select envelope from messages').map((row) => JSON.parse(String(row['envelope'])).id as string),
    );
    assert.deepEqual(
      [...acknowledged].filter((id) => !kept.has(id)),
      [],
    );
    // Nothing is half there either: one place for every payload, one payload for every place.
    assert.deepEqual(query('select id from ready except select id from messages'), []);
    assert.deepEqual(query('select id from messages except select id from ready'), []);
  });

  test('what a killed worker had claimed comes back; what it had settled does not', async () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `task-${i}`);
    const { broker, results } = world.open();
    await broker().publish(ids.map((id) => message('kill', id)));
    for (let round = 0; round < 4; round += 1) {
      const workers = [0, 1].map((n) => start(world.url, 'work', `worker ${round}.${n}`));
      await Promise.all(workers.map((worker, n) => killAfter(worker, 3 + 5 * n + round)));
      assert.deepEqual(query('pragma integrity_check'), [{ integrity_check: 'ok' }]);
    }
    const before = await results().fetch(ids);
    assert.ok(before.size > 0 && before.size < ids.length, 'the workers must have done some and left some');

    const consumer = await broker().consume(consumerOf('kill'));
    const left: Delivery[] = [];
    while (left.length < ids.length - before.size) {
      const claimed = await consumer.claim(500, within(5000));
      assert.notEqual(claimed.length, 0, `${ids.length - before.size - left.length} messages are lost`);
      left.push(...claimed);
      await consumer.settle(claimed.map((delivery) => ({ kind: 'done', delivery })));
    }
    assert.deepEqual(
      left.filter(({ envelope }) => before.has(envelope.id)),
      [],
    );
    // A record and a follow-up for each that was settled, by one transaction: never one without the other.
    const [after] = await broker().depth(['after']);
    assert.equal(after?.ready, before.size);
  });
});

describe('sqlite: several processes', { timeout: 20_000 }, () => {
  for (const [how, options] of [
    ['told by the file system', ''],
    ['looking by itself', '?polling_interval=0.01'],
  ] as const) {
    test(`an idle claim wakes for another process, ${how}`, async () => {
      const consumer = await world.open(options).broker().consume(consumerOf('wake'));
      for (const id of ['first', 'second']) {
        // Less than the 5 s after which an idle consumer looks anyway.
        const waiting = consumer.claim(1, within(4500));
        await run(world.url, 'publishOne', id);
        assert.deepEqual(
          (await waiting).map((delivery) => delivery.envelope.id),
          [id],
        );
      }
    });
  }

  test('a watch hears what another process stores', async () => {
    const heard = Promise.withResolvers<string>();
    const watch = await world
      .open()
      .results()
      .watch((each) => heard.resolve(each.taskId));
    await watch.add(['there']);
    await run(world.url, 'storeOne', 'elsewhere');
    await run(world.url, 'storeOne', 'there');
    assert.equal(await heard.promise, 'there');
    await watch.close();
  });

  test('a listener hears what another process sends', async () => {
    const heard = Promise.withResolvers<string>();
    const bus = world.open().bus();
    await bus.listen('control', ({ body }) => heard.resolve(new TextDecoder().decode(body)));
    await run(world.url, 'sendOne', 'ping');
    assert.equal(await heard.promise, 'ping');
  });

  test('many may open a new file at once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => run(world.url, 'open')));
    assert.deepEqual(query('pragma integrity_check'), [{ integrity_check: 'ok' }]);
  });

  test('a process ends by itself once it has closed what it used', async () => {
    await run(world.url, 'publishOne', 'x');
  });
});

describe('sqlite: another connection holds the file', () => {
  test('a call waits, the event loop goes on, and a call out of patience is unavailable', async () => {
    const patient = world.open().broker();
    const hurried = world.open('', { timeoutMs: 50 }).broker();
    await patient.declare([{ name: 'q' }]);
    await hurried.declare([{ name: 'q' }]);
    const holder = connect(world.path);
    holder.exec('begin immediate');
    const waiting = patient.publish([message('q', 'late')]);
    await assert.rejects(hurried.publish([message('q', 'never')]), {
      code: 'unavailable',
      message: /lovage\.db is locked by another process/,
    });
    holder.exec('commit');
    holder.close();
    await waiting;
    assert.deepEqual(
      (await patient.peek('q', 10)).map((envelope) => envelope.id),
      ['late'],
    );
  });
});

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
      const plan = query(`explain query plan ${sql}`).map((row) => String(row['detail']));
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
    assert.deepEqual(query('select name from sqlite_schema'), [{ name: 'patients' }]);
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
    query(`update messages set envelope = '{"id": tru' where id = 1`);
    query(`update messages set envelope = '[]' where id = 2`);
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
    await results.chords?.open('old', 2, 1);
    await results.chords?.open('young', 2, 60_000);
    const expired = () =>
      query(`select 1 from chords where id = 'old' and expires <= ${Date.now()}`).length === 1;
    while (!expired()) await new Promise(setImmediate);
    assert.deepEqual([await results.sweep(2), await results.sweep(10), await results.sweep(10)], [2, 2, 0]);
    assert.deepEqual(query('select task_id from results'), [{ task_id: 'kept' }]);
    assert.deepEqual(query('select id from chords'), [{ id: 'young' }]);
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
    const [kept] = query('select count(*) as count from bus');
    assert.ok(Number(kept?.['count']) <= 10_500, `${kept?.['count']} messages kept`);
  });
});

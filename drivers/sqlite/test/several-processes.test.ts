import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Delivery } from '@lovage/contracts';
import { connect } from '../src/node-sqlite.ts';
import { message } from './messages.ts';
import { killAfter, run, start } from './processes.ts';
import { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(() => world.dispose());

const within = (ms: number) => AbortSignal.timeout(ms);
const consumerOf = (queue: string) => ({ consumer: 'test', queues: [queue], prefetch: 500, leaseMs: 60_000 });

describe('sqlite: killed processes', { timeout: 120_000 }, () => {
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
      assert.deepEqual(world.query('pragma integrity_check'), [{ integrity_check: 'ok' }]);
    }
    const kept = new Set(
      world
        .query('select envelope from messages')
        .map((row) => JSON.parse(String(row['envelope'])).id as string),
    );
    assert.deepEqual(
      [...acknowledged].filter((id) => !kept.has(id)),
      [],
    );
    // Nothing is half there either: one place for every payload, one payload for every place.
    assert.deepEqual(world.query('select id from ready except select id from messages'), []);
    assert.deepEqual(world.query('select id from messages except select id from ready'), []);
  });

  test('what a killed worker had claimed comes back; what it had settled does not', async () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `task-${i}`);
    const { broker, results } = world.open();
    await broker().publish(ids.map((id) => message('kill', id)));
    for (let round = 0; round < 4; round += 1) {
      const workers = [0, 1].map((n) => start(world.url, 'work', `worker ${round}.${n}`));
      await Promise.all(workers.map((worker, n) => killAfter(worker, 3 + 5 * n + round)));
      assert.deepEqual(world.query('pragma integrity_check'), [{ integrity_check: 'ok' }]);
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

describe('sqlite: several processes', { timeout: 120_000 }, () => {
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
    assert.deepEqual(world.query('pragma integrity_check'), [{ integrity_check: 'ok' }]);
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

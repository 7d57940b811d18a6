import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { asPython } from '../src/broker/payload.ts';
import { FRESH, localTimestamp, RETURNED } from '../src/broker/statements.ts';
import { argsOf, consumerOf, done, message, record, within } from './messages.ts';
import { rawClient, stopSharedServer, World } from './world.ts';

describe('kombu-sql: tables', { skip: requireService('postgres') }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.dispose());
  after(stopSharedServer);

  const rows = () =>
    world.query<{ id: number; visible: boolean; version: number; payload: string }>(
      'select id, visible, version, payload from kombu_message order by id',
    );

  test('a result, what follows, and the end of the message are one transaction', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q')]);
    const consumer = await broker.consume(consumerOf('q'));
    const [delivery] = await consumer.claim(1, within(10_000));
    const later = message('next', [], Date.now() + 60_000);
    const followUps = [message('next'), message('next'), later];
    await consumer.settle([{ ...done(delivery!), records: [record('t')], followUps }]);
    const writers = await world.query<{ xmin: string }>(
      `select xmin::text from kombu_message union select xmin::text from ${world.schema}.results
        union select xmin::text from lovage_kombu_message_held`,
    );
    assert.equal(writers.length, 1);
    assert.deepEqual(
      (await rows()).map(({ visible }) => visible),
      [true, true, false],
    );
  });

  test("a due time and what it sends are one transaction, in kombu's tables", async () => {
    const driver = world.open();
    const store = driver.schedules();
    const entry = { name: 'e', definition: Uint8Array.of(1), enabled: true, since: 1 };
    await store.put([entry]);
    const claim = {
      name: 'e',
      previous: undefined,
      occurrence: 60_000,
      messages: [message('q'), message('q', [], Date.now() + 60_000)],
    };
    const publish = { fence: 1, messages: 'publish' } as const;
    assert.deepEqual(await store.claimRuns([claim], publish), [true]);
    const writers = await world.query(
      `select xmin::text from kombu_message union select xmin::text from ${world.schema}.schedules
        union select xmin::text from lovage_kombu_message_held`,
    );
    assert.equal(writers.length, 1);

    await world.query('alter table kombu_message add constraint no_more check (id < 3)');
    const second = { ...claim, previous: 60_000, occurrence: 120_000 };
    await assert.rejects(store.claimRuns([second], publish), /no_more/);
    assert.equal((await store.get('e'))?.lastRun, 60_000);
    assert.equal((await rows()).length, 2);
  });

  test('to renew hundreds writes one row', async () => {
    const broker = world.open().broker();
    await broker.publish(Array.from({ length: 300 }, () => message('q')));
    const consumer = await broker.consume(consumerOf('q', 500));
    const held = await consumer.claim(300, within(10_000));
    const look = () =>
      world.query(
        `select ctid::text, xmin::text from kombu_message union all
          select ctid::text, xmin::text from lovage_kombu_message_held order by 1, 2`,
      );
    const before = await look();
    assert.deepEqual(await consumer.renew(held), []);
    assert.deepEqual(await look(), before);
    assert.equal((await world.query('select 1 from lovage_kombu_message_leases')).length, 1);
  });

  test('what Python has locked is passed over, and what it claims is not ours', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q', [1]), message('q', [2])]);
    await using python = await rawClient(world.engine);
    await python.query('begin');
    const [first] = await python.query<{ id: number }>(
      `select id from kombu_message where visible != false order by "timestamp", id limit 1 for update`,
    );
    const consumer = await broker.consume(consumerOf('q'));
    const [second] = await consumer.claim(2, within(10_000));
    assert.equal(argsOf(second!), '(2,)');
    await python.query(
      `update kombu_message set visible = false, "timestamp" = localtimestamp, version = 2 where id = $1`,
      [first!.id],
    );
    await python.query('commit');
    await broker.publish([message('q', [3])]);
    const [third] = await consumer.claim(2, within(10_000));
    assert.equal(argsOf(third!), '(3,)');
    assert.deepEqual(await broker.depth(['q']), [{ queue: 'q', ready: 0, delayed: 0, claimed: 2 }]);
    assert.equal(await broker.purge('q'), 0);
    await consumer.close();
    // It is Python's for ever.
    assert.equal((await rows()).find(({ id }) => id === first!.id)?.visible, false);
  });

  test('what Python has purged under us is settled as if it were there', async () => {
    const driver = world.open();
    const broker = driver.broker();
    await broker.declare([{ name: 'dead' }, { name: 'q', deadLetter: 'dead' }]);
    await broker.publish(Array.from({ length: 4 }, (_, i) => message('q', [i])));
    const consumer = await broker.consume(consumerOf('q'));
    const [finished, released, rejected, deferred] = await consumer.claim(4, within(10_000));
    await world.query('delete from kombu_message');
    const lost = await consumer.settle([
      { ...done(finished!), records: [record('t')], followUps: [message('next')] },
      { kind: 'release', delivery: released! },
      { kind: 'reject', delivery: rejected! },
      { kind: 'defer', delivery: deferred!, notBefore: Date.now() + 60_000 },
    ]);
    assert.deepEqual(lost, []);
    assert.equal((await driver.results().fetch(['t'])).size, 1);
    assert.deepEqual(
      (await broker.depth(['q', 'dead', 'next'])).map(
        ({ ready, delayed, claimed }) => ready + delayed + claimed,
      ),
      [0, 0, 1],
    );
  });

  test('who waits is told when what was deferred is due, and need not look', async () => {
    const broker = world.open({ transport: { polling_interval: 60 } }).broker();
    await broker.publish([message('q')]);
    const consumer = await broker.consume(consumerOf('q'));
    for (const delayMs of [200, 0, -1000]) {
      const [delivery] = await consumer.claim(1, within(20_000));
      assert.ok(delivery, `after ${delayMs} ms`);
      await consumer.settle([{ kind: 'defer', delivery, notBefore: Date.now() + delayMs }]);
    }
    assert.equal((await consumer.claim(1, within(20_000))).length, 1);
  });

  test('a version at the end of its type begins anew', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q')]);
    await world.query('update kombu_message set version = 32767');
    const consumer = await broker.consume(consumerOf('q'));
    const [delivery] = await consumer.claim(1, within(10_000));
    assert.equal((await rows())[0]?.version, 1);
    await world.query('update kombu_message set version = 32767');
    await consumer.settle([{ kind: 'release', delivery: delivery! }]);
    assert.equal((await rows())[0]?.version, 1);
  });

  test('a row that somebody else has written is delivered with a fault, and comes back as it was', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q')]);
    await world.query(`update kombu_message set payload = 'Dear diary'`);
    const consumer = await broker.consume(consumerOf('q'));
    const [delivery] = await consumer.claim(1, within(10_000));
    assert.match(delivery!.fault ?? '', /not JSON/);
    assert.equal(Buffer.from(delivery!.envelope.body).toString(), 'Dear diary');
    await consumer.settle([{ kind: 'release', delivery: delivery!, lost: true }]);
    assert.deepEqual(
      (await rows()).map(({ visible, payload }) => [visible, payload]),
      [[true, 'Dear diary']],
    );
  });

  test('claims and releases of many keep their order', async () => {
    const broker = world.open().broker();
    await broker.publish(Array.from({ length: 250 }, (_, i) => message('q', [i])));
    const consumer = await broker.consume(consumerOf('q', 250));
    const first = await consumer.claim(250, within(10_000));
    await consumer.settle(first.map((delivery) => ({ kind: 'release', delivery }) as const));
    await broker.publish([message('q', ['new'])]);
    const again = await consumer.claim(250, within(10_000));
    assert.deepEqual(again.map(argsOf), first.map(argsOf));
  });

  test('what comes in front of a queue while its head is being claimed is not left behind', async () => {
    const broker = world.open().broker();
    await broker.publish(Array.from({ length: 3000 }, (_, i) => message('q', [i])));
    const consumer = await broker.consume(consumerOf('q'));
    await consumer.settle((await consumer.claim(100, within(10_000))).map(done));
    // As a commit that took its time.
    await world.query(
      `insert into kombu_message (id, visible, payload, version, queue_id)
        select 1, true, '{"body":"","headers":{"argsrepr":"late"},"properties":{}}', 1, queue_id from kombu_message limit 1`,
    );
    const seen: unknown[] = [];
    while (seen.length < 2500 && !seen.includes('late')) {
      const deliveries = await consumer.claim(5, within(10_000));
      seen.push(...deliveries.map(argsOf));
      await consumer.settle(deliveries.map(done));
    }
    assert.ok(seen.includes('late'));
  });

  test('claims go by our index, past whatever Python has consumed', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q')]);
    await world.query(
      `insert into kombu_message (id, visible, "timestamp", payload, version, queue_id)
        select nextval('message_id_sequence'), false, localtimestamp, 'x', 2, 1 from generate_series(1, 50000)`,
    );
    // Whatever the table is like when a plan is made.
    for (const fill of [
      '',
      'update kombu_message set visible = true, "timestamp" = null where payload = \'x\'',
    ]) {
      if (fill) await world.query(fill);
      await world.query('analyze kombu_message');
      for (const rows of [RETURNED('1'), FRESH('1', '0')]) {
        const plan = await world.query(`explain select ctid ${rows} limit 100 for update skip locked`);
        assert.match(JSON.stringify(plan), /Index Scan using lovage_kombu_message_ready/);
        assert.doesNotMatch(JSON.stringify(plan), /Sort/);
      }
    }
    await world.query("update kombu_message set visible = false where payload = 'x'");
    const consumer = await broker.consume(consumerOf('q'));
    assert.equal((await consumer.claim(10, within(10_000))).length, 1);
  });

  test('a queue of a longer name than the column takes is refused alone', async () => {
    const broker = world.open().broker();
    const long = 'é'.repeat(201);
    const refused = { code: 'refused', message: /name of 201 characters: kombu's table takes 200/ };
    await assert.rejects(broker.publish([message(long)]), refused);
    await assert.rejects(broker.declare([{ name: long }]), refused);
    await broker.publish([message('é'.repeat(200))]);
    assert.equal((await broker.depth(['é'.repeat(200)]))[0]?.ready, 1);
  });

  test('that priorities are not heeded is said, once', async () => {
    const broker = world.open().broker();
    const urgent = message('q');
    const messages = [{ ...urgent, envelope: { ...urgent.envelope, priority: 9 } }];
    await broker.publish(messages);
    await broker.publish(messages);
    const told = world.logged.filter((line) =>
      /priority, which this broker carries but does not heed/.test(line),
    );
    assert.equal(told.length, 1);
  });

  test('a transaction of the caller holds the message until it commits', async () => {
    const broker = world.open().broker();
    await broker.declare([{ name: 'q' }]);
    const consumer = await broker.consume(consumerOf('q'));
    await using client = await rawClient(world.engine);
    for (const end of ['rollback', 'commit']) {
      await client.query('begin');
      await broker.publish([message('q', [end]), message('q', [], Date.now() + 60_000)], {
        tx: client.client,
      });
      assert.equal((await broker.depth(['q']))[0]?.ready, 0);
      await client.query(end);
    }
    const claimed = await consumer.claim(10, within(10_000));
    assert.deepEqual(claimed.map(argsOf), ["('commit',)"]);
    assert.deepEqual(await broker.depth(['q']), [{ queue: 'q', ready: 0, delayed: 1, claimed: 1 }]);
    await assert.rejects(broker.publish([message('q')], { tx: {} }), { code: 'refused' });
  });

  test("JSON is Python's, and times are local, without a zone", () => {
    assert.equal(
      asPython(JSON.stringify({ a: [1, { 'b:,"\\': 'é☃𝄞\u007f\ud800' }], c: '', d: '\\', e: ':' })),
      String.raw`{"a": [1, {"b:,\"\\": "\u00e9\u2603\ud834\udd1e\u007f\ud800"}], "c": "", "d": "\\", "e": ":"}`,
    );
    const long = JSON.stringify({ body: 'x'.repeat(20_000_000) });
    assert.equal(asPython(long).length, long.length + 1);
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'Asia/Kolkata';
      assert.equal(localTimestamp(new Date('2026-01-02T20:04:05.006Z')), '2026-01-03 01:34:05.006');
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Broker, DriverError, type OutgoingMessage } from '@lovage/contracts';
import { openEndpoint } from '../src/migrate/endpoint.ts';
import type { Job } from '../src/migrate/job.ts';
import { moveMessages } from '../src/migrate/move.ts';

const message = (body: string, headers: Record<string, unknown> = {}): OutgoingMessage => ({
  queue: 'celery',
  envelope: {
    id: body,
    headers: { task: 'a.b', id: body, eta: null, expires: null, ...headers },
    body: Buffer.from('[[], {}, {}]'),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  },
});

const HOUR_MS = 3_600_000;

/** Two brokers in memory, the destination with some of its methods replaced. */
async function world(broken: Partial<Broker> = {}) {
  const source = await openEndpoint(`memory://${crypto.randomUUID()}`, {});
  const there = await openEndpoint(`memory://${crypto.randomUUID()}`, {});
  const broker = Object.assign(Object.create(there.broker) as Broker, broken);
  const job: Job = {
    source,
    destination: { ...there, broker },
    routes: new Map([['celery', 'celery']]),
    tasks: undefined,
    limit: Number.POSITIVE_INFINITY,
    timeoutMs: 20,
    forever: false,
    timezone: 'UTC',
    signal: new AbortController().signal,
    onProgress() {},
  };
  const idsAt = async ({ broker: at }: { readonly broker: Broker }): Promise<string[]> => [
    ...(await at.peek('celery', 1000)).map(({ id }) => id),
    ...(await at.delayed('celery', 1000)).map(({ envelope }) => `${envelope.id} later`),
  ];
  return {
    job,
    source,
    there,
    idsAt,
    close: () => Promise.all([source, there].map((end) => end[Symbol.asyncDispose]())),
  };
}

suite('moving messages', () => {
  test('what the destination refuses is still at the source, ready or delayed as it was', async () => {
    const refusal = new DriverError('refused', 'not this one');
    const { job, source, idsAt, close } = await world({
      async publish() {
        throw refusal;
      },
    });
    const eta = new Date(Date.now() + HOUR_MS).toISOString();
    await source.broker.publish([
      message('one'),
      message('two'),
      { ...message('three', { eta }), notBefore: Date.parse(eta) },
    ]);
    await assert.rejects(moveMessages(job), refusal);
    assert.deepEqual(await idsAt(source), ['one', 'two', 'three later']);
    // Also those that were made ready before their time.
    await source.broker.purge('celery');
    await source.broker.publish([{ ...message('three', { eta }), notBefore: Date.parse(eta) }]);
    await assert.rejects(moveMessages(job), refusal);
    assert.deepEqual(await idsAt(source), ['three later']);
    await close();
  });

  test('nothing is taken away before it is durable at the destination', async () => {
    const seen: string[][] = [];
    const made = await world({
      async publish(messages) {
        const { claimed = 0 } = (await made.source.broker.depth(['celery']))[0] ?? {};
        assert.equal(claimed, messages.length, 'they must still be claimed');
        seen.push(messages.map(({ envelope }) => envelope.id));
        await made.there.broker.publish(messages);
      },
    });
    const { job, source, there, idsAt, close } = made;
    await source.broker.publish(['one', 'two', 'three'].map((body) => message(body)));
    assert.equal((await moveMessages(job)).total, 3);
    assert.deepEqual(seen, [['one', 'two', 'three']]);
    assert.deepEqual([await idsAt(source), await idsAt(there)], [[], ['one', 'two', 'three']]);
    await close();
  });

  test('a destination that is away for a moment is waited for', async () => {
    let failures = 3;
    const made = await world({
      async publish(messages) {
        failures -= 1;
        if (failures >= 0) throw new DriverError('unavailable', 'away');
        await made.there.broker.publish(messages);
      },
    });
    await made.source.broker.publish([message('one')]);
    assert.equal((await moveMessages(made.job)).total, 1);
    assert.deepEqual(await made.idsAt(made.there), ['one']);
    await made.close();
  });

  test('what is delayed without an eta, and messages of no task, arrive as they are', async () => {
    const { job, source, there, close } = await world();
    const notBefore = Date.now() + HOUR_MS;
    const strange = message('strange');
    await source.broker.publish([
      { ...message('later'), notBefore },
      { ...strange, envelope: { ...strange.envelope, headers: { kind: 'none' } } },
    ]);
    assert.equal((await moveMessages(job)).total, 2);
    assert.deepEqual(
      (await there.broker.delayed('celery', 5)).map((each) => [each.envelope.id, each.notBefore]),
      [['later', notBefore]],
    );
    assert.deepEqual(
      (await there.broker.peek('celery', 5)).map(({ headers }) => headers),
      [{ kind: 'none' }],
    );
    await close();
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Delivery, DriverError } from '@lovage/contracts';
import { type ClaimAnswer, type ClaimRequest, type ClaimStore, pullConsumer } from '@lovage/contracts/kit';

const NEVER = new AbortController().signal;

function delivery(receipt: string): Delivery {
  return {
    queue: 'q',
    envelope: { id: receipt, headers: {}, body: new Uint8Array(), contentType: '', contentEncoding: '' },
    deliveries: 1,
    redelivered: false,
    receipt,
  };
}

/** A store that answers claims as it is told, and remembers what it was asked. */
function scripted(answer: (request: ClaimRequest, call: number) => ClaimAnswer | Promise<ClaimAnswer>) {
  const asked: ClaimRequest[] = [];
  const log: string[] = [];
  let ring = (): void => {};
  const store: ClaimStore = {
    pollMs: 600_000,
    async claim(request) {
      asked.push(request);
      return answer(request, asked.length);
    },
    renew: async (_, receipts) => new Set(receipts),
    settle: async (_, settlements) => new Set(settlements.map((each) => each.delivery.receipt)),
    leave: async (consumer) => void log.push(`leave ${consumer}`),
    onWake(wake) {
      ring = wake;
      return () => void log.push('stopped waking');
    },
  };
  return { store, asked, log, ring: () => ring() };
}

const OPTIONS = { consumer: 'c', queues: ['q'], prefetch: 2, leaseMs: 1000 };
const EMPTY: ClaimAnswer = { deliveries: [] };

suite('pull consumer', () => {
  test('a wake while the store is being asked is not lost', async () => {
    const { store, asked, ring } = scripted(async (_, call) => {
      if (call > 1) return { deliveries: [delivery('1')] };
      ring();
      await new Promise(setImmediate);
      return EMPTY;
    });
    const got = await pullConsumer(store, OPTIONS).claim(1, NEVER);
    assert.deepEqual([got.length, asked.length], [1, 2]);
  });

  test('looks again when something falls due, not before', async () => {
    const due = Date.now() + 60;
    const { store, asked } = scripted(() =>
      Date.now() >= due ? { deliveries: [delivery('1')] } : { deliveries: [], nextDueAt: due },
    );
    await pullConsumer(store, OPTIONS).claim(1, NEVER);
    assert.ok(Date.now() >= due);
    // A timer may fire a tick early; more looks than that would be polling.
    assert.ok(asked.length <= 4, `${asked.length} looks`);
  });

  test('a due time in the past, by another clock, does not make it spin', async () => {
    const { store, asked } = scripted(() => ({ deliveries: [], nextDueAt: 0 }));
    await pullConsumer(store, OPTIONS).claim(1, AbortSignal.timeout(50));
    assert.ok(asked.length <= 60, `${asked.length} looks in 50 ms`);
  });

  test('asks for no more than there is room for, and not at all when full', async () => {
    const { store, asked } = scripted((_, call) => ({ deliveries: [delivery(String(call))] }));
    const consumer = pullConsumer(store, OPTIONS);
    const [first] = await consumer.claim(10, NEVER);
    await consumer.claim(10, NEVER);
    assert.deepEqual(
      asked.map(({ max }) => max),
      [2, 1],
    );
    const waiting = consumer.claim(10, NEVER);
    await new Promise(setImmediate);
    assert.equal(asked.length, 2);
    await consumer.settle([{ kind: 'done', delivery: first! }]);
    await waiting;
    assert.equal(asked.length, 3);
  });

  test('what a renewal shows to be lost makes room', async () => {
    const { store } = scripted((_, call) => ({ deliveries: [delivery(String(call))] }));
    const consumer = pullConsumer({ ...store, renew: async () => new Set() }, { ...OPTIONS, prefetch: 1 });
    const held = await consumer.claim(1, NEVER);
    const waiting = consumer.claim(1, NEVER);
    assert.deepEqual(await consumer.renew(held), held);
    assert.equal((await waiting).length, 1);
  });

  test('sits out the time in which the store is unavailable, and says so once', async () => {
    const { store, asked } = scripted((_, call) => {
      if (call < 4) throw new DriverError('unavailable', 'connection refused');
      return { deliveries: [delivery('1')] };
    });
    const said: string[] = [];
    const log = (level: string, message: string) => void said.push(`${level} ${message}`);
    assert.equal((await pullConsumer(store, OPTIONS, { log }).claim(1, NEVER)).length, 1);
    assert.equal(asked.length, 4);
    assert.deepEqual(
      said.map((each) => each.split(' ')[0]),
      ['warn', 'info'],
    );
    assert.match(said[0]!, /connection refused/);
  });

  test('rejects with any other trouble', async () => {
    const { store } = scripted(() => {
      throw new DriverError('refused', 'no permission');
    });
    await assert.rejects(pullConsumer(store, OPTIONS).claim(1, NEVER), /no permission/);
  });

  test('what a failed settle did not settle is still held', async () => {
    const { store, asked } = scripted((_, call) => ({ deliveries: [delivery(String(call))] }));
    const settle = async () => {
      throw new DriverError('unavailable', 'away');
    };
    const consumer = pullConsumer({ ...store, settle }, OPTIONS);
    const [held] = await consumer.claim(1, NEVER);
    await assert.rejects(consumer.settle([{ kind: 'done', delivery: held! }]), /away/);
    await consumer.claim(9, NEVER);
    assert.equal(asked.at(-1)?.max, 1);
  });

  test('one claim at a time', async () => {
    const { store } = scripted(() => EMPTY);
    const consumer = pullConsumer(store, OPTIONS);
    const first = consumer.claim(1, NEVER);
    await assert.rejects(consumer.claim(1, NEVER), /one claim at a time/);
    await consumer.close();
    assert.deepEqual(await first, []);
  });

  test('closing waits for the store to answer, and gives back even what it then brought', async () => {
    const { promise, resolve } = Promise.withResolvers<ClaimAnswer>();
    const { store, log } = scripted(() => promise);
    let closedHook = false;
    const consumer = pullConsumer(store, OPTIONS, { onClose: () => (closedHook = true) });
    const claim = consumer.claim(1, NEVER);
    const closed = consumer.close();
    await new Promise(setImmediate);
    assert.deepEqual(log, ['stopped waking']);
    resolve({ deliveries: [delivery('late')] });
    await closed;
    assert.deepEqual(await claim, []);
    assert.deepEqual([log, closedHook], [['stopped waking', 'leave c'], true]);
  });
});

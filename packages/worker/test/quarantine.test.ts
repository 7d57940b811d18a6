import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { suite, test } from 'node:test';
import type { Logger } from '@lovage/app';
import type { Broker, Delivery } from '@lovage/contracts';
import { driver as memory } from '@lovage/memory';
import { QUARANTINE, Quarantine, type QuarantineParts, quarantined } from '../src/quarantine.ts';
import { until } from './scene.ts';

function delivery(id: string, priority?: number): Delivery {
  const envelope = {
    ...{ id, headers: { task: 't' }, body: Buffer.from('x') },
    ...{ contentType: 'application/json', contentEncoding: 'utf-8' },
    ...(priority === undefined ? {} : { priority }),
  };
  return { queue: 'mail', envelope, deliveries: 1, redelivered: false, receipt: id };
}

/** A broker of its own, what was logged, and what the quarantine holds. */
function scene(t: TestContext, parts: Partial<QuarantineParts> = {}) {
  const driver = memory.create(`memory://quarantine-${crypto.randomUUID()}`, {});
  const real = driver.broker!();
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log: Logger = {
    ...{ debug() {}, info: note, warn: note, error: note, child: () => log, enabled: () => true },
  };
  const trims: number[] = [];
  const broker: Pick<Broker, 'trim'> = {
    async trim(queue, keep) {
      trims.push(keep);
      return real.trim(queue, keep);
    },
  };
  const quarantine = new Quarantine({ broker, max: 3, log, trimAfterMs: 20, ...parts });
  t.after(async () => {
    await quarantine.stop();
    await driver.close();
  });
  const kept = async () => (await real.peek(QUARANTINE, 100)).map(({ id }) => id);
  const keep = async (...deliveries: readonly Delivery[]) => {
    await real.publish(deliveries.map((each) => quarantine.keep(each, 'why', 0)));
  };
  return { quarantine, real, logged, trims, kept, keep };
}

const ids = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `m-${from + i}`);

suite('the quarantine', () => {
  test('keeps a message as it came, with why, whence, when, and its priority', () => {
    const { queue, envelope } = quarantined(delivery('m', 6), 'no such task', 0);
    assert.equal(queue, QUARANTINE);
    assert.deepEqual(envelope, {
      ...delivery('m').envelope,
      headers: {
        task: 't',
        lovage_reason: 'no such task',
        lovage_queue: 'mail',
        lovage_at: '1970-01-01T00:00:00.000Z',
        lovage_priority: 6,
      },
    });
    assert.ok(!('lovage_priority' in quarantined(delivery('m'), 'why', 0).envelope.headers));
  });

  test('the oldest make room, whatever their priority, and people are told how many', async (t) => {
    const { keep, kept, logged } = scene(t);
    await keep(delivery('old and urgent', 9), ...ids(2).map((id) => delivery(id)), delivery('new', 0));
    await until(async () => (await kept()).length === 3, 'it is trimmed');
    assert.deepEqual(await kept(), ['m-0', 'm-1', 'new']);
    assert.deepEqual(logged, [
      'the quarantine is full: 1 of its oldest messages were dropped (lovageQuarantineMax is 3)',
    ]);
  });

  test('a flood is trimmed again and again, and told of now and then', async (t) => {
    const { keep, kept, logged, trims, quarantine } = scene(t);
    for (let i = 0; i < 5; i += 1) {
      await keep(...ids(100, i * 100).map((id) => delivery(id)));
      await until(async () => (await kept()).length === 3, 'it is trimmed');
    }
    assert.deepEqual(await kept(), ['m-497', 'm-498', 'm-499']);
    assert.ok(trims.length <= 10, `${trims.length} looks for 500 messages`);
    assert.equal(logged.length, 1);
    await quarantine.stop();
    assert.match(logged.at(-1)!, /400 of its oldest/);
  });

  test('what is within its size stays, without a word', async (t) => {
    const { keep, kept, logged, trims } = scene(t);
    await keep(...ids(3).map((id) => delivery(id)));
    await until(() => trims.length === 1, 'it has looked');
    assert.deepEqual([await kept(), logged], [ids(3), []]);
  });

  test('nothing is looked at while nothing is kept, but once at the start', async (t) => {
    const { real, quarantine, trims, kept } = scene(t);
    await real.publish(ids(5).map((id) => quarantined(delivery(id), 'why', 0)));
    quarantine.start();
    await until(async () => (await kept()).length === 3, 'it is trimmed');
    await quarantine.stop();
    assert.deepEqual(trims, [3]);
  });

  test('a worker that stops looks at what it has kept', async (t) => {
    const { keep, kept, quarantine } = scene(t, { trimAfterMs: 600_000 });
    await keep(...ids(5).map((id) => delivery(id)));
    await quarantine.stop();
    assert.deepEqual(await kept(), ['m-2', 'm-3', 'm-4']);
  });

  test('a broker that is away is reported once, and asked again when more is kept', async (t) => {
    let asked = 0;
    const broker: Pick<Broker, 'trim'> = {
      async trim() {
        asked += 1;
        if (asked <= 3) throw new Error('nobody listens');
        return 0;
      },
    };
    const { quarantine, logged } = scene(t, { broker });
    for (let i = 1; i <= 4; i += 1) {
      quarantine.keep(delivery('m'), 'why', 0);
      await until(() => asked === i, 'it is asked');
    }
    await until(() => logged.length === 2, 'it is over');
    assert.deepEqual(logged, [
      'cannot trim the quarantine, will try again: nobody listens',
      'can trim the quarantine again',
    ]);
  });
});

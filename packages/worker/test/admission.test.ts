import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Envelope } from '@lovage/contracts';
import { gate, Scene, until } from './scene.ts';

const SOON = { timeout: 30 };

/** A message as Celery writes it, with these headers over the usual ones. */
const envelope = (id: string, headers: Record<string, unknown> = {}): Envelope => ({
  id,
  headers: { lang: 'py', task: 'adm.task', id, ...headers },
  body: new TextEncoder().encode('[[], {}, {}]'),
  contentType: 'application/json',
  contentEncoding: 'utf-8',
});

async function publish(scene: Scene, ...envelopes: readonly Envelope[]): Promise<void> {
  const { broker } = await scene.app.drivers();
  await broker.publish(envelopes.map((each) => ({ queue: 'celery', envelope: each })));
}

/** A scene with a task that counts its runs as `ran`, and a worker. */
async function open(...given: ConstructorParameters<typeof Scene>) {
  const scene = new Scene(...given);
  const task = scene.app.task({ name: 'adm.task', acksLate: true }, () => {
    scene.events.push('ran');
    return 'done';
  });
  const worker = await scene.worker();
  return { scene, task, worker };
}

const isEmpty = async (scene: Scene) => {
  const { ready, delayed, claimed } = await scene.depth();
  return ready + delayed + claimed === 0;
};

suite('admission', { concurrency: true }, () => {
  const unreadable: [what: string, message: Envelope, reason: RegExp][] = [
    [
      'no task',
      { ...envelope('m-1'), headers: { id: 'm-1' }, body: new TextEncoder().encode('[]') },
      /task|body/i,
    ],
    ['no id', envelope('m-1', { id: 17 }), /id/],
    ['a retry count that is none', envelope('m-1', { retries: 'many' }), /retries/],
    ['an eta that is none', envelope('m-1', { eta: 'tomorrow' }), /eta/],
    [
      'a body that is no JSON',
      { ...envelope('m-1'), body: new TextEncoder().encode('{oops') },
      /JSON|DecodeError/,
    ],
    ['a body of another shape', { ...envelope('m-1'), body: new TextEncoder().encode('7') }, /body/],
    ['a compression that nobody knows', envelope('m-1', { compression: 'application/x-lzma' }), /lzma/],
    ['pickle', { ...envelope('m-1'), contentType: 'application/x-python-serialize' }, /pickle/],
  ];
  for (const [what, message, reason] of unreadable) {
    test(`a message with ${what} is kept in quarantine, once, and stops nobody`, async (t) => {
      const { scene, task } = await open(t);
      await publish(scene, message);
      assert.equal(await (await task.delay()).get(SOON), 'done');
      await until(() => isEmpty(scene), 'it is acknowledged');
      const kept = await scene.quarantine();
      assert.equal(kept.size, 1);
      assert.match(String(kept.get('m-1')), reason);
      assert.equal(scene.count('claim m-1'), 1);
      assert.equal(scene.count('ran'), 1);
      assert.equal(scene.alarms.length, 1, scene.alarms.join('\n'));
    });
  }

  test('a message that the driver could not read is kept with the fault it names', async (t) => {
    const { scene, task } = await open(
      t,
      {},
      {
        claimed: (delivery) =>
          delivery.envelope.id === 'm-1' ? { ...delivery, fault: 'not a kombu message: no JSON' } : delivery,
      },
    );
    await publish(scene, envelope('m-1'));
    assert.equal(await (await task.delay()).get(SOON), 'done');
    assert.match(String((await scene.quarantine()).get('m-1')), /not a kombu message/);
  });

  test('quarantined messages keep their body, and say from which queue and when', async (t) => {
    const { scene } = await open(t);
    const message = envelope('m-1', { eta: 'tomorrow', x_mine: 'kept' });
    await publish(scene, message);
    await until(async () => (await scene.quarantine()).size === 1, 'it is kept');
    const { broker } = await scene.app.drivers();
    const [kept] = await broker.peek('lovage.quarantine', 1);
    assert.deepEqual(Buffer.from(kept!.body), Buffer.from(message.body));
    const { lovage_queue: queue, lovage_at: at, x_mine: mine } = kept!.headers;
    assert.deepEqual([queue, mine], ['celery', 'kept']);
    assert.ok(Math.abs(Date.parse(String(at)) - Date.now()) < 60_000);
  });

  test('an unknown task fails, and is kept', async (t) => {
    const { scene } = await open(t);
    await publish(scene, envelope('m-1', { task: 'adm.nobody' }));
    await assert.rejects(scene.app.asyncResult('m-1').get(SOON), { type: 'NotRegistered' });
    assert.match(String((await scene.quarantine()).get('m-1')), /adm\.nobody/);
  });

  test('what has expired is REVOKED and never runs', async (t) => {
    const { scene } = await open(t);
    await publish(scene, envelope('m-1', { expires: '2020-01-01T00:00:00' }));
    await assert.rejects(scene.app.asyncResult('m-1').get(SOON), /expired/);
    assert.equal(await scene.app.asyncResult('m-1').state(), 'REVOKED');
    assert.equal(scene.count('ran'), 0);
  });

  test('what is not due is parked in the broker, not held, and runs when it is', async (t) => {
    const { scene } = await open(t);
    const due = Date.now() + 2500;
    await publish(scene, envelope('m-1', { eta: new Date(due).toISOString() }));
    await until(async () => (await scene.depth()).delayed === 1, 'it is parked');
    assert.equal((await scene.depth()).claimed, 0);
    assert.equal(scene.count('ran'), 0);
    assert.equal(await scene.app.asyncResult('m-1').get(SOON), 'done');
    assert.ok(Date.now() >= due);
  });

  test('a message that was delivered too often fails, calls its errbacks, and is kept', async (t) => {
    const { scene } = await open(
      t,
      { lovageMaxDeliveries: 2 },
      {
        claimed: (delivery) => (delivery.envelope.id === 'm-1' ? { ...delivery, deliveries: 3 } : delivery),
      },
    );
    const called = gate();
    let failed: unknown;
    scene.app.task('adm.alarm', (id: string) => {
      failed = id;
      called.open();
    });
    const alarm = {
      task: 'adm.alarm',
      args: [],
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false,
    };
    const body = new TextEncoder().encode(JSON.stringify([[], {}, { errbacks: [alarm] }]));
    await publish(scene, { ...envelope('m-1'), body });
    await assert.rejects(scene.app.asyncResult('m-1').get(SOON), {
      type: 'WorkerLostError',
      message: /lost its worker 2 times/,
    });
    assert.match(String((await scene.quarantine()).get('m-1')), /lost its worker 2 times/);
    assert.equal(scene.count('ran'), 0);
    await called.shut;
    assert.equal(failed, 'm-1');
  });

  test('a message that is poison, expired or revoked, and whose body nobody can read, stops nobody', async (t) => {
    const { scene, task, worker } = await open(
      t,
      {},
      {
        claimed: (delivery) => (delivery.envelope.id === 'm-1' ? { ...delivery, deliveries: 9 } : delivery),
      },
    );
    const body = new TextEncoder().encode('{oops');
    await publish(
      scene,
      { ...envelope('m-1'), body },
      { ...envelope('m-2', { expires: '2020-01-01T00:00:00' }), body },
    );
    assert.equal(await (await task.delay()).get(SOON), 'done');
    await until(() => isEmpty(scene), 'both are acknowledged');
    assert.deepEqual([...(await scene.quarantine()).keys()].sort(), ['m-1', 'm-2']);
    await worker.stop('warm');
  });
});

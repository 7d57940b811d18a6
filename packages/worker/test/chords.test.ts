import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { suite, test } from 'node:test';
import type { SignatureDict } from '@lovage/protocol';
import { json, writeTask } from '@lovage/protocol';
import { signature } from './conclude-scene.ts';
import { Scene, until } from './scene.ts';

const SOON = { timeout: 30 };

/** A chord as Celery sends it: the count is opened, then its header goes out. */
async function send(scene: Scene, body: SignatureDict, header: readonly SignatureDict[]): Promise<string> {
  const group = crypto.randomUUID();
  const { broker, results } = await scene.app.drivers();
  const members = header.map((_, index) => `${group}-${index}`);
  await results!.chords!.open({ id: group, members, plan: new Uint8Array(), ttlMs: 60_000 });
  await broker.publish(
    header.map(({ task, args }, groupIndex) => {
      const headers = { task, id: `${group}-${groupIndex}`, origin: 'gen1@there', group, groupIndex };
      const embed = { callbacks: null, errbacks: null, chain: null, chord: body };
      const envelope = writeTask(headers, { args, kwargs: {}, embed }, { serializer: json, replyTo: '' });
      return { queue: 'celery', envelope };
    }),
  );
  return group;
}

function open(t: TestContext, ...rest: [conf?: object, meddling?: object]) {
  const scene = new Scene(t, { taskAcksLate: true, ...rest[0] }, rest[1]);
  const { app, events } = scene;
  app.task('ch.double', (n: number) => {
    events.push('doubled');
    return n * 2;
  });
  app.task('ch.fail', (text: string) => {
    throw new TypeError(text);
  });
  app.task('ch.sum', (numbers: number[]) => {
    events.push('summed');
    return numbers;
  });
  app.task('ch.alarm', (id: string) => void events.push(`alarm ${id}`));
  return scene;
}

const body = (given: Record<string, unknown> = {}) =>
  signature('ch.sum', { options: { task_id: 'body', ...given } });
const double = (n: number) => signature('ch.double', { args: [n] });

suite('chords', { concurrency: true }, () => {
  for (const taskAcksLate of [true, false]) {
    test(`the body is given the results in order, ${taskAcksLate ? 'late' : 'early'} acknowledged`, async (t) => {
      const scene = open(t, { taskAcksLate });
      await scene.worker({ concurrency: 4 });
      const group = await send(scene, body(), [1, 2, 3, 4, 5].map(double));
      assert.deepEqual(await scene.app.asyncResult('body').get(SOON), [2, 4, 6, 8, 10]);
      await until(() => scene.count(`drop ${group}`) === 1, 'the count is dropped');
      assert.equal(scene.count('summed'), 1);
    });
  }

  test('a part that fails is the failure of the body, whose errbacks are called', async (t) => {
    const scene = open(t);
    await scene.worker();
    const failing = signature('ch.fail', { args: ['no'] });
    const group = await send(scene, body({ link_error: [signature('ch.alarm')] }), [
      double(1),
      failing,
      double(3),
    ]);
    await assert.rejects(scene.app.asyncResult('body').get(SOON), {
      type: 'ChordError',
      message: `Dependency ${group}-1 raised TypeError('no')`,
    });
    await until(() => scene.count('alarm body') === 1, 'its errback ran');
    assert.equal(scene.count('summed'), 0);
  });

  test('a body that cannot be sent has failed', async (t) => {
    const scene = open(t);
    await scene.worker();
    await send(scene, { ...body(), subtask_type: 'group' }, [double(1)]);
    await assert.rejects(scene.app.asyncResult('body').get(SOON), {
      type: 'ChordError',
      message: /Callback error/,
    });
  });

  test('a part that lost its lease as it completed the chord keeps the count for whoever runs it again', async (t) => {
    let lose = true;
    const scene = open(
      t,
      {},
      {
        claimed: (delivery: { receipt: string }) => (lose ? { ...delivery, receipt: 'not-ours' } : delivery),
      },
    );
    const first = await scene.worker();
    const group = await send(scene, body(), [double(1)]);
    await until(
      () => scene.events.some((event) => event.startsWith(`settle done ${group}-0`)),
      'it was tried',
    );
    lose = false;
    await first.stop('warm');
    assert.equal(scene.count(`drop ${group}`), 0);
    await scene.worker();
    assert.deepEqual(await scene.app.asyncResult('body').get(SOON), [2]);
    assert.equal(scene.count('summed'), 1);
  });
});

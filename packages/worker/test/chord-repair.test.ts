/** Chords that a crash left behind, and what a worker makes of them. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { suite, test } from 'node:test';
import type { ChordPart } from '@lovage/contracts';
import type { SignatureDict } from '@lovage/protocol';
import { errorInfo, stringifyJson, writeMeta } from '@lovage/protocol';
import { signature } from './conclude-scene.ts';
import { Scene, until } from './scene.ts';

const SOON = { timeout: 15 };
const bytes = (text: string) => new TextEncoder().encode(text);

function open(t: TestContext) {
  const scene = new Scene(t, { lovageChordRepairSeconds: 1 });
  scene.app.task('cr.sum', (numbers: unknown[]) => {
    scene.events.push('summed');
    return numbers;
  });
  scene.app.task('cr.alarm', (id: string) => void scene.events.push(`alarm ${id}`));
  return scene;
}

const body = (id: string): SignatureDict =>
  signature('cr.sum', { options: { task_id: id, link_error: [signature('cr.alarm')] } });

/** A chord of two, opened as a client does. */
async function begin(scene: Scene) {
  const id = crypto.randomUUID();
  const drivers = await scene.app.drivers();
  const results = drivers.results!;
  const plan = bytes(stringifyJson({ body: body(`body ${id}`), root_id: 'root' }, 'typed'));
  await results.chords!.open({ id, members: [`${id}-0`, `${id}-1`], plan, ttlMs: 60_000 });
  const part = (index: number): ChordPart => ({
    ...{ taskId: `${id}-${index}`, index, state: 'SUCCESS' },
    payload: bytes(`{"n": ${index}}`),
  });
  const keep = (index: number, status: string, result: unknown) => {
    const taskId = `${id}-${index}`;
    const payload = writeMeta({ status, result, taskId, dateDone: Date.now() });
    return results.store([{ taskId, state: status, final: status !== 'STARTED', payload }]);
  };
  return { id, body: `body ${id}`, results, chords: results.chords!, part, keep };
}

suite('chord repair', { concurrency: true }, () => {
  test('a part that ended without being counted is counted', async (t) => {
    const scene = open(t);
    const { id, body, chords, part, keep } = await begin(scene);
    await chords.arrive([{ chordId: id, part: part(1) }]);
    await keep(0, 'SUCCESS', { when: new Date(0) });
    await scene.worker();
    assert.deepEqual(await scene.app.asyncResult(body).get(SOON), [{ when: new Date(0) }, { n: 1 }]);
    await until(() => scene.count(`drop ${id}`) === 1, 'the count is dropped');
    assert.equal(scene.count('summed'), 1);
  });

  test('so is one that failed: the body fails, once', async (t) => {
    const scene = open(t);
    const { id, body, chords, part, keep } = await begin(scene);
    await chords.arrive([{ chordId: id, part: part(1) }]);
    await keep(0, 'FAILURE', errorInfo(new TypeError('no')));
    await scene.worker();
    await assert.rejects(scene.app.asyncResult(body).get(SOON), {
      type: 'ChordError',
      message: `Dependency ${id}-0 raised TypeError('no')`,
    });
    await until(() => scene.count(`alarm ${body}`) === 1, 'its errback ran');
    assert.equal(scene.count('summed'), 0);
  });

  test('parts that are still to come are waited for', async (t) => {
    const scene = open(t);
    const { id, body, chords, part, keep } = await begin(scene);
    await keep(0, 'STARTED', null);
    await scene.worker();
    let reviews = 0;
    const { review } = chords;
    chords.review = async (...asked) => {
      reviews += 1;
      return review(...asked);
    };
    await until(() => reviews > 0, 'it was looked at');
    assert.deepEqual(await chords.arrive([{ chordId: id, part: part(1) }]), [{ complete: false }]);
    await keep(0, 'SUCCESS', 7);
    assert.deepEqual(await scene.app.asyncResult(body).get(SOON), [7, { n: 1 }]);
  });

  test('a body that was never sent is sent', async (t) => {
    const scene = open(t);
    const { id, body, chords, part } = await begin(scene);
    await chords.arrive([0, 1].map((index) => ({ chordId: id, part: part(index) })));
    await scene.worker();
    assert.deepEqual(await scene.app.asyncResult(body).get(SOON), [{ n: 0 }, { n: 1 }]);
    await until(() => scene.count(`drop ${id}`) === 1, 'the count is dropped');
    assert.equal(scene.count('summed'), 1);
  });

  test('a body that has begun is not sent again', async (t) => {
    const scene = open(t);
    const { id, body, results, chords, part } = await begin(scene);
    await chords.arrive([0, 1].map((index) => ({ chordId: id, part: part(index) })));
    const payload = writeMeta({ status: 'STARTED', result: null, taskId: body });
    await results.store([{ taskId: body, state: 'STARTED', final: false, payload }]);
    await scene.worker();
    await until(() => scene.count(`drop ${id}`) === 1, 'the count is dropped');
    assert.equal(scene.count('summed'), 0);
  });

  test('a chord without a readable plan is told of, and spoils nothing for others', async (t) => {
    const scene = open(t);
    const { chords } = await begin(scene);
    await chords.open({ id: 'broken', members: ['gone'], plan: bytes('no plan'), ttlMs: 60_000 });
    const gone = { taskId: 'gone', index: 0, state: 'SUCCESS', payload: bytes('1') };
    await chords.arrive([{ chordId: 'broken', part: gone }]);
    const { id, body, part } = await begin(scene);
    await chords.arrive([0, 1].map((index) => ({ chordId: id, part: part(index) })));
    await scene.worker();
    assert.deepEqual(await scene.app.asyncResult(body).get(SOON), [{ n: 0 }, { n: 1 }]);
  });
});

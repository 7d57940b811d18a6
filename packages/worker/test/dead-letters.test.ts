import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { AppOptions, DeadLetter, NamedTaskOptions } from '@lovage/app';
import { DEAD_LETTERS, DeadLetterNotFound, Reject } from '@lovage/app';
import type { Envelope, OutgoingMessage } from '@lovage/contracts';
import { LetterSweeper } from '../src/letter-sweeper.ts';
import { Scene, until } from './scene.ts';

class Broken extends Error {}
class Business extends Error {}

type Given = Partial<Omit<NamedTaskOptions, 'bind' | 'params' | 'schema'>>;

/** A worker, and a task that throws what it is told to until `mended`. */
async function open(t: TestContext, options: Given = {}, conf: AppOptions = {}) {
  const scene = new Scene(t, { taskAcksLate: true, ...conf });
  const state = { mended: false, runs: [] as number[] };
  const fall = scene.app.task(
    {
      name: 'dead.fall',
      bind: true,
      autoretryFor: [Broken],
      retryKwargs: { countdown: 0 },
      maxRetries: 2,
      ...options,
    },
    (self, how: 'break' | 'business' | 'reject' | 'requeue') => {
      state.runs.push(self.request.retries);
      if (state.mended) return 'mended';
      if (how === 'break') throw new Broken(`run ${self.request.retries}`);
      if (how === 'business') throw new Business('no such account');
      if (how === 'requeue') {
        state.mended = true;
        throw new Reject('come back', { requeue: true });
      }
      throw new Reject('unwanted');
    },
  );
  await scene.worker();
  const letters = async (): Promise<readonly DeadLetter[]> => (await scene.app.deadLetters.list()).letters;
  const raw = async (): Promise<readonly Envelope[]> => {
    const { broker } = await scene.app.drivers();
    return broker.peek(DEAD_LETTERS, 100);
  };
  const first = async (): Promise<DeadLetter> => {
    await until(async () => (await letters()).length > 0, 'a letter is kept');
    return (await letters())[0]!;
  };
  return { scene, state, fall, letters, first, raw };
}

const isEmpty = async (scene: Scene) => {
  const { ready, delayed, claimed } = await scene.depth();
  return ready + delayed + claimed === 0;
};

suite('dead letters', { concurrency: true }, () => {
  test('what failed after its last retry is kept, with the failure, and runs anew when redriven', async (t) => {
    const { scene, state, fall, first, letters } = await open(t);
    const sent = await fall.applyAsync(['break'], { priority: 7, headers: { x_mine: 'kept' } });
    await assert.rejects(sent.get({ timeout: 20 }), /run 2/);
    const letter = await first();
    assert.deepEqual(
      [letter.id, letter.kind, letter.task, letter.queue, letter.reason, letter.retries, state.runs],
      [sent.id, 'failed', 'dead.fall', 'celery', "Broken('run 2')", 2, [0, 1, 2]],
    );
    assert.match(letter.traceback!, /Error: run 2\n\s+at .*dead-letters\.test/);
    assert.match(letter.worker!, /^celery@/);
    assert.ok(Math.abs(Date.parse(letter.since!) - Date.now()) < 60_000);
    assert.equal(letter.headers['x_mine'], 'kept');
    assert.ok(!Object.keys(letter.headers).some((name) => name.startsWith('lovage_')));
    assert.match(letter.body, /^\[\["break"\],/);
    assert.equal((await scene.app.deadLetters.show(sent.id.slice(0, 13))).id, sent.id);
    // Still broken: it has all of its retries again.
    const again = await scene.app.deadLetters.redrive(sent.id);
    assert.deepEqual(again, { taken: [sent.id], missing: [], stuck: [] });
    await until(() => state.runs.length === 6, 'it ran with its retries');
    assert.deepEqual(state.runs.slice(3), [0, 1, 2]);
    await first();
    // Mended: its caller, who waits under the old id, gets the value.
    state.mended = true;
    await scene.app.deadLetters.redrive({ task: 'dead.fall', kind: 'failed' });
    await until(async () => (await scene.app.asyncResult(sent.id).state()) === 'SUCCESS', 'it succeeds');
    assert.deepEqual(await letters(), []);
  });

  test('it is written with the end of the task, in one step where one store serves both', async (t) => {
    const before: number[] = [];
    const scene: Scene = new Scene(
      t,
      { taskAcksLate: true },
      {
        async before(call) {
          if (call.startsWith('settle done')) before.push((await scene.app.deadLetters.list()).total);
        },
      },
    );
    const fall = scene.app.task('dead.fall', () => {
      throw new Broken('once');
    });
    await scene.worker();
    const { id } = await fall.delay();
    await until(async () => (await scene.app.deadLetters.list()).total === 1, 'it is kept');
    assert.deepEqual(before, [0]);
    assert.deepEqual(
      scene.events.filter((event) => event.includes(id)),
      [`claim ${id}`, `settle done ${id} =FAILURE`],
    );
  });

  test('early acknowledged ones are kept too', async (t) => {
    const { fall, first } = await open(t, { acksLate: false, autoretryFor: [] });
    const { id } = await fall.delay('break');
    assert.equal((await first()).id, id);
  });

  test('a reject is kept, one that goes back is not, nor what the task throws as its business', async (t) => {
    const { scene, fall, first, letters } = await open(t, { throws: [Business] });
    const business = await fall.delay('business');
    await assert.rejects(business.get({ timeout: 20 }), /no such account/);
    const { id } = await fall.delay('reject');
    const letter = await first();
    assert.deepEqual([letter.id, letter.kind, letter.reason], [id, 'rejected', 'unwanted']);
    await (await fall.delay('requeue')).get({ timeout: 20 });
    await until(() => isEmpty(scene), 'all is acknowledged');
    assert.equal((await letters()).length, 1);
  });

  test('off, by the setting or for a task; a task may also be the only one', async (t) => {
    const fails = async (options: Given, conf: AppOptions) => {
      const { scene, fall, letters } = await open(t, { autoretryFor: [], ...options }, conf);
      await assert.rejects((await fall.delay('break')).get({ timeout: 20 }), /run 0/);
      await until(() => isEmpty(scene), 'it is acknowledged');
      return (await letters()).length;
    };
    assert.equal(await fails({}, { lovageDeadLetters: false }), 0);
    assert.equal(await fails({ deadLetter: false }, {}), 0);
    assert.equal(await fails({ deadLetter: true }, { lovageDeadLetters: false }), 1);
  });

  test('a queue with a dead-letter queue of its own gets what is refused there, and there alone', async (t) => {
    const conf: AppOptions = { taskQueues: [{ name: 'celery', deadLetter: 'celery.dead' }] };
    const { scene, fall, first, letters } = await open(t, { autoretryFor: [] }, conf);
    const { broker } = await scene.app.drivers();
    const { id } = await fall.delay('reject');
    const dead = () => broker.peek('celery.dead', 10);
    await until(async () => (await dead()).length === 1, 'the broker keeps it');
    assert.deepEqual([(await dead())[0]!.id, (await letters()).length], [id, 0]);
    // What fails is not refused: the broker keeps nothing of it.
    await fall.delay('break');
    await first();
    assert.equal((await dead()).length, 1);
  });

  test('what took its worker down, cannot be read, or is unknown is among them by its kind', async (t) => {
    const { scene, first } = await open(t, {}, { lovageMaxDeliveries: 1 });
    const { broker } = await scene.app.drivers();
    const message = (id: string, headers: object): OutgoingMessage => ({
      queue: 'celery',
      envelope: {
        ...{
          id,
          body: Buffer.from('[[], {}, {}]'),
          contentType: 'application/json',
          contentEncoding: 'utf-8',
        },
        headers: { id, task: 'dead.fall', ...headers },
      },
    });
    await broker.publish([
      message('unreadable', { eta: 'tomorrow' }),
      message('unknown', { task: 'dead.nobody' }),
    ]);
    await first();
    await until(async () => (await scene.app.deadLetters.list()).total === 2, 'both are kept');
    for (const kind of ['unreadable', 'unknown'] as const) {
      const { letters, total } = await scene.app.deadLetters.list({ kind });
      assert.deepEqual([letters.map(({ id }) => id), total], [[kind], 1]);
    }
    // It goes back as it came, and is kept again for the same reason.
    assert.deepEqual((await scene.app.deadLetters.redrive(['unknown', 'nobody'])).missing, ['nobody']);
    await until(async () => (await scene.app.deadLetters.list()).total === 2, 'it is kept again');
    assert.deepEqual((await scene.app.deadLetters.discard('all')).taken.toSorted(), [
      'unknown',
      'unreadable',
    ]);
  });

  test('letters are found by filter, page by page, and sent elsewhere', async (t) => {
    const { scene, fall, letters } = await open(t, { autoretryFor: [] });
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      ids.push((await fall.delay('break')).id);
      await until(async () => (await letters()).length === i + 1, 'it is kept');
    }
    const { deadLetters } = scene.app;
    const seen = async (options: object) => {
      const { letters, total } = await deadLetters.list(options);
      return [letters.map(({ id }) => ids.indexOf(id)), total];
    };
    assert.deepEqual(await seen({ limit: 2 }), [[0, 1], 3]);
    assert.deepEqual(await seen({ limit: 2, newest: true }), [[2, 1], 3]);
    assert.deepEqual(await seen({ task: 'dead.other' }), [[], 0]);
    assert.deepEqual(await seen({ queue: 'celery', kind: 'failed', limit: 1 }), [[0], 3]);
    await assert.rejects(deadLetters.show('nobody'), DeadLetterNotFound);
    await assert.rejects(deadLetters.show(''), /3 dead letters have an id that begins with/);
    await assert.rejects(
      deadLetters.discard({ tsak: 'x' } as object),
      /by kind, task and queue, not by tsak/,
    );
    await assert.rejects(deadLetters.list({ kind: 'gone' } as object), /gone is no kind of dead letter/);
    await assert.rejects(deadLetters.list({ limit: 0 }), /limit is a whole number/);
    await deadLetters.redrive(ids[1]!, { queue: 'elsewhere' });
    const { broker } = await scene.app.drivers();
    const [moved] = await broker.peek('elsewhere', 2);
    assert.deepEqual([moved!.id, moved!.headers['retries'], moved!.headers['expires']], [ids[1], 0, null]);
    // The others are where they were, in their order.
    assert.deepEqual(await seen({}), [[0, 2], 2]);
  });

  test('a message of protocol 1 is kept so that its retries can begin anew', async (t) => {
    const { scene, state, first } = await open(t);
    const { broker } = await scene.app.drivers();
    const body = JSON.stringify({
      id: 'old',
      task: 'dead.fall',
      args: ['break'],
      kwargs: {},
      retries: 2,
      expires: null,
    });
    const envelope = { id: 'old', headers: {}, body: Buffer.from(body) };
    const types = { contentType: 'application/json', contentEncoding: 'utf-8' };
    await broker.publish([{ queue: 'celery', envelope: { ...envelope, ...types } }]);
    const letter = await first();
    assert.deepEqual([letter.id, letter.task, letter.retries], ['old', 'dead.fall', 2]);
    await scene.app.deadLetters.redrive('old');
    await until(() => state.runs.length === 4, 'it ran with its retries');
    assert.deepEqual(state.runs, [2, 0, 1, 2]);
  });

  test('long errors are cut', async (t) => {
    const { scene, first } = await open(t);
    const talk = scene.app.task('dead.talk', () => {
      throw new Error('x'.repeat(100_000));
    });
    await talk.delay();
    const { reason, traceback } = await first();
    assert.ok(reason.length <= 1001 && traceback!.length <= 8001, `${reason.length}, ${traceback!.length}`);
  });

  test('there are no more than lovageDeadLettersMax: the oldest make room', async (t) => {
    const { scene, fall, letters } = await open(t, { autoretryFor: [] }, { lovageDeadLettersMax: 2 });
    const sent = await scene.app.bulk([1, 2, 3, 4, 5].map(() => fall.s('break')));
    await Promise.all(sent.map((result) => result.get({ timeout: 20 }).catch(() => {})));
    await until(async () => (await letters()).length === 2, 'they are trimmed');
    const told = () => scene.alarms.find((line) => line.includes('full'));
    await until(() => told() !== undefined, 'it is said');
    assert.match(
      told()!,
      /the dead letters are full: 3 of its oldest messages were dropped \(lovageDeadLettersMax is 2\)/,
    );
  });

  test('what is older than lovageDeadLettersExpires is erased, in quarantine too', async (t) => {
    const scene = new Scene(t);
    const { broker } = await scene.app.drivers();
    const old = (queue: string, id: string, ageMs: number): OutgoingMessage => ({
      queue,
      envelope: {
        ...{ id, body: Buffer.from('[]'), contentType: 'application/json', contentEncoding: 'utf-8' },
        headers: { id, lovage_at: new Date(Date.now() - ageMs).toISOString() },
      },
    });
    await broker.publish([
      ...[10_000, 9000, 500, 400].map((ageMs) => old(DEAD_LETTERS, `${ageMs}`, ageMs)),
      ...[9000, 10].map((ageMs) => old('lovage.quarantine', `q ${ageMs}`, ageMs)),
    ]);
    const sweeper = new LetterSweeper({ broker, ttlMs: 8000, log: scene.app.logger, everyMs: 20 });
    sweeper.start();
    t.after(() => sweeper.stop());
    await until(async () => (await scene.app.deadLetters.list()).total === 3, 'the old ones are gone');
    const { letters } = await scene.app.deadLetters.list();
    assert.deepEqual(
      letters.map(({ id }) => id),
      ['500', '400', 'q 10'],
    );
  });
});

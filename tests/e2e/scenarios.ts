/** What a user does with tasks, run the same over every store: the suite that holds broker, worker and app together. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { depthOf } from './rabbitmq.ts';
import type { LovageWorker } from './stage.ts';
import { Stage, until } from './stage.ts';

export interface Store {
  readonly name: string;
  /** Fresh and empty. */
  open(): Promise<{ readonly broker: string; readonly results: string; close(): Promise<void> }>;
  /** Answers a reason to skip, or false. */
  readonly skip?: string | false;
  /** Why it has no place for the children of a task, or false. */
  readonly childless?: string | false;
}

export function scenarios(store: Store): void {
  describe(`tasks over ${store.name}`, { skip: store.skip ?? false, timeout: 60_000 }, () => {
    let stage: Stage;
    let worker: LovageWorker;

    before(async () => {
      stage = await Stage.open(await store.open());
      worker = await stage.worker({ concurrency: 10 });
    });
    after(async () => {
      await worker.stop('warm');
      await stage.close();
    });

    test('a call gives its result', async () => {
      const { add } = stage.tasks;
      assert.equal(await (await add.delay(2, 3)).get({ timeout: 10 }), 5);
    });

    test('300 calls at once give 300 results, on one watch', async () => {
      const { add } = stage.tasks;
      const sent = await Promise.all(Array.from({ length: 300 }, (_, i) => add.delay(i, 1)));
      const got = await Promise.all(sent.map((result) => result.get({ timeout: 20 })));
      assert.deepEqual(
        got,
        Array.from({ length: 300 }, (_, i) => i + 1),
      );
    });

    test('a bulk of calls is one publish', async () => {
      const { add } = stage.tasks;
      const results = await stage.app.bulk([add.s(1, 1), add.s(2, 2), add.s(3, 3)]);
      const got = await Promise.all(results.map((result) => result.get({ timeout: 10 })));
      assert.deepEqual(got, [2, 4, 6]);
    });

    test('a failure arrives with type, message and traceback', async () => {
      const result = await stage.tasks.fail.delay('broken');
      await assert.rejects(result.get({ timeout: 10 }), (error: Error & Record<string, unknown>) => {
        assert.equal(error.name, 'TaskError');
        assert.equal(error['type'], 'Broken');
        assert.match(error.message, /broken/);
        assert.match(String(error['traceback']), /tasks\.ts|stage\.ts/);
        return true;
      });
    });

    test('a retry keeps id, root and headers, and waits in the broker', async () => {
      const { flaky } = stage.tasks;
      const result = await flaky.applyAsync([2], { headers: { x_trace: 't-1' }, priority: 5 });
      const seen = await result.get({ timeout: 15 });
      assert.deepEqual(seen, { id: result.id, rootId: result.id, retries: 2, trace: 't-1', priority: 5 });
    });

    test('retries end with the error, and the message is kept until somebody sees to it', async () => {
      const { deadLetters } = stage.app;
      const result = await stage.tasks.hopeless.delay();
      await assert.rejects(result.get({ timeout: 15 }), /never works/);
      const kept = async () => (await deadLetters.list({ task: 'e2e.hopeless' })).letters[0];
      await until(async () => (await kept()) !== undefined, 'it is kept');
      const letter = await deadLetters.show(result.id);
      const { id, kind, queue, retries, reason } = letter;
      assert.deepEqual(
        [id, kind, queue, retries, reason],
        [result.id, 'failed', 'celery', 2, "Broken('never works')"],
      );
      assert.deepEqual((await deadLetters.redrive(id)).taken, [id]);
      await until(async () => ((await kept())?.since ?? letter.since) !== letter.since, 'it failed again');
      assert.equal((await kept())!.retries, 2);
      assert.deepEqual((await deadLetters.discard([id])).taken, [id]);
      assert.equal(await kept(), undefined);
    });

    test('states and progress are seen in order', async () => {
      const result = await stage.tasks.progress.delay(3);
      const states: string[] = [];
      for await (const { state, info } of result.updates()) {
        states.push(state === 'PROGRESS' ? `${state} ${(info as { current: number }).current}` : state);
      }
      assert.equal(states.at(-1), 'SUCCESS');
      const steps = states.filter((state) => state.startsWith('PROGRESS'));
      assert.deepEqual(steps, [...steps].sort(), 'in order');
      assert.equal(await result.get(), 3);
    });

    test('a countdown is never early, and is not held by a worker', async () => {
      const { now } = stage.tasks;
      const due = Date.now() + 600;
      const result = await now.applyAsync([], { countdown: 0.6 });
      assert.ok((await result.get({ timeout: 10 })) >= due - 1);
    });

    test('what expired before it ran is revoked', async () => {
      const result = await stage.tasks.now.applyAsync([], { expires: new Date(Date.now() - 1000) });
      await assert.rejects(result.get({ timeout: 10 }), /expired/);
      assert.equal(await result.state(), 'REVOKED');
    });

    test('a result that is ignored is not kept', async () => {
      const quiet = await stage.tasks.add.applyAsync([1, 1], { ignoreResult: true });
      // Behind it in the same queue: once this one is done, so is the quiet one.
      await (await stage.tasks.add.delay(1, 1)).get({ timeout: 10 });
      assert.equal(await quiet.state(), 'PENDING');
    });

    test('Ignore leaves no result, and the message is gone', async () => {
      const result = await stage.tasks.ignore.delay();
      await until(() => stage.count('ignore') === 1, 'the task ran');
      await (await stage.tasks.add.delay(1, 1)).get({ timeout: 10 });
      assert.equal(await result.state(), 'PENDING');
    });

    test('Reject with requeue comes back, as redelivered', async () => {
      const result = await stage.tasks.rejectOnce.delay();
      assert.equal(await result.get({ timeout: 10 }), 'second time, redelivered');
    });

    test('kwargs come last, or where the task names them', async () => {
      const { named, lastly } = stage.tasks;
      const byName = await named.applyAsync(['a'], { kwargs: { second: 'b' } });
      assert.deepEqual(await byName.get({ timeout: 10 }), ['a', 'b']);
      const asObject = await stage.app.sendTask('e2e.lastly', { args: [1], kwargs: { unit: 'mg' } });
      assert.deepEqual(await asObject.get({ timeout: 10 }), [1, { unit: 'mg' }]);
      assert.equal(lastly.name, 'e2e.lastly');
    });

    test('dates, bytes and big integers arrive as what they were', async () => {
      const when = new Date('2026-01-02T03:04:05.678Z');
      const result = await stage.tasks.kinds.delay(when, new Uint8Array([0, 255]), 2n ** 60n);
      assert.deepEqual(await result.get({ timeout: 10 }), ['Date', 'Uint8Array', 'bigint']);
    });

    test('a megabyte passes both ways', async () => {
      const text = 'é☃'.repeat(200_000);
      assert.equal(await (await stage.tasks.echo.delay(text)).get({ timeout: 20 }), text);
    });

    test('the soft limit reaches the task, and the hard one ends it', async () => {
      const soft = await stage.tasks.slow.applyAsync([20], { softTimeLimit: 0.2 });
      await assert.rejects(soft.get({ timeout: 10 }), { type: 'SoftTimeLimitExceeded' });
      const hard = await stage.tasks.deaf.applyAsync([3], { timeLimit: 0.3 });
      await assert.rejects(hard.get({ timeout: 10 }), { type: 'TimeLimitExceeded' });
    });

    test('callbacks get the result, errbacks the id of the task that failed', async () => {
      const { add, fail, note } = stage.tasks;
      await add.applyAsync([2, 2], { link: note.s('sum') });
      await until(
        () => stage.notes.some(([first, second]) => first === 4 && second === 'sum'),
        'the callback ran',
      );
      const failing = await fail.applyAsync(['x'], { linkError: note.s('failed') });
      await until(() => stage.notes.some(([first]) => first === failing.id), 'the errback ran');
    });

    test('an unknown task fails, is kept in quarantine, and stops nobody', async () => {
      const result = await stage.app.sendTask('e2e.nobody_knows', { args: [1] });
      await assert.rejects(result.get({ timeout: 10 }), { type: 'NotRegistered' });
      const { broker } = await stage.app.drivers();
      const kept = await broker.peek('lovage.quarantine', 10);
      assert.ok(kept.some(({ id }) => id === result.id));
      assert.equal(await (await stage.tasks.add.delay(1, 2)).get({ timeout: 10 }), 3);
    });

    test('a message of a refused type is kept in quarantine, and stops nobody', async () => {
      const { broker } = await stage.app.drivers();
      const id = crypto.randomUUID();
      const body = new Uint8Array([0x80, 2, 0x5d, 0x2e]);
      const pickled = {
        id,
        headers: { task: 'e2e.add', id },
        body,
        contentType: 'application/x-python-serialize',
      };
      await broker.publish([{ queue: 'celery', envelope: { ...pickled, contentEncoding: 'binary' } }]);
      await until(async () => {
        const kept = await broker.peek('lovage.quarantine', 50);
        return kept.some(
          (envelope) => envelope.id === id && /pickle/.test(String(envelope.headers['lovage_reason'])),
        );
      }, 'it is in quarantine, with the reason');
      assert.equal(await (await stage.tasks.add.delay(1, 2)).get({ timeout: 10 }), 3);
    });

    test('a task taken back before it starts never runs', async () => {
      const result = await stage.tasks.note.applyAsync(['revoked', 'task'], { countdown: 0.5 });
      await result.revoke();
      await assert.rejects(result.get({ timeout: 10 }), /revoked/);
      assert.ok(!stage.notes.some(([first]) => first === 'revoked'));
    });

    test('forget removes the result', async () => {
      const result = await stage.tasks.add.delay(4, 4);
      await result.get({ timeout: 10 });
      await result.forget();
      assert.equal(await result.state(), 'PENDING');
    });

    test('a warm stop finishes what runs and gives the rest back', async () => {
      const second = await Stage.open(await store.open());
      const first = await second.worker({ concurrency: 2, prefetchMultiplier: 4 });
      const sent = await Promise.all(Array.from({ length: 8 }, () => second.tasks.slow.delay(0.3)));
      await until(() => second.count('slow') >= 2, 'two run');
      await first.stop('warm');
      const started = second.count('slow');
      const next = await second.worker({ concurrency: 8 });
      await Promise.all(sent.map((result) => result.get({ timeout: 15 })));
      assert.equal(second.count('slow'), 8, `each ran once, ${started} of them before the stop`);
      await next.stop('warm');
      await second.close();
    });

    test('a cold stop gives late acknowledged tasks back, uncounted', async () => {
      const second = await Stage.open(await store.open());
      const first = await second.worker({ concurrency: 2 });
      const sent = await second.tasks.patient.delay();
      await until(() => second.count('patient') === 1, 'it runs');
      await first.stop('cold');
      const next = await second.worker({ concurrency: 2 });
      assert.deepEqual(await sent.get({ timeout: 15 }), { runs: 2, redelivered: true });
      await next.stop('warm');
      await second.close();
    });

    test('long tasks do not make short ones wait behind them while another worker idles', async () => {
      const second = await Stage.open(await store.open());
      const workers = [
        await second.worker({ concurrency: 1, prefetchMultiplier: 4 }),
        await second.worker({ concurrency: 1, prefetchMultiplier: 4 }),
      ];
      const long = await second.tasks.slow.delay(4);
      const short = await Promise.all(Array.from({ length: 20 }, () => second.tasks.add.delay(1, 1)));
      await Promise.all(short.map((result) => result.get({ timeout: 10 })));
      assert.equal(await long.state(), 'PENDING', 'the long one still runs');
      await long.get({ timeout: 10 });
      await Promise.all(workers.map((each) => each.stop('warm')));
      await second.close();
    });

    test('nothing is left in the queues', async () => {
      await until(async () => {
        const { ready, delayed, claimed } = await depthOf(stage.app);
        return ready + delayed + claimed === 0;
      }, 'the queue is empty');
      await sleep(0);
    });
  });
}

/** What happens when the worker process itself ends: asked to, or killed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PreforkStage, type StoreUrls } from './prefork-stage.ts';
import { until } from './stage.ts';

const SOON = { timeout: 60 };

/**
 * @param openStore Answers the URLs of an empty store; a file of their own when left out.
 * @param uncounted How many of a message's lost workers its store cannot count
 */
export function workers(
  openStore: () => StoreUrls | undefined | Promise<StoreUrls>,
  { uncounted = 0 }: { readonly uncounted?: number } = {},
): void {
  describe('a worker that is killed', { timeout: 180_000, concurrency: 2 }, () => {
    test('gives its late acknowledged tasks back once its lease lapses, and they finish elsewhere', async (t) => {
      await using stage = new PreforkStage(await openStore());
      const first = await stage.worker('-c', '2');
      const sent = [];
      for (const label of ['a', 'b', 'c']) sent.push(await stage.send<string>('pf.nap_late', [1, label]));
      await until(() => stage.runs('a') + stage.runs('b') === 2, 'two of them run');
      await first.kill();
      const killedMs = Date.now();
      await stage.worker('-c', '2');
      await until(() => stage.runs('a') + stage.runs('b') + stage.runs('c') === 5, 'all run again');
      t.diagnostic(`${Date.now() - killedMs} ms from the kill until they ran again; the lease is 2 s`);
      assert.deepEqual(await Promise.all(sent.map((result) => result.get(SOON))), ['a', 'b', 'c']);
      assert.deepEqual([stage.runs('a'), stage.runs('b'), stage.runs('c')], [2, 2, 1]);
    });

    test(`${uncounted + 3} times by the same task, fails that task and keeps it in quarantine`, async () => {
      await using stage = new PreforkStage(await openStore());
      const result = await stage.send('pf.kill_worker', ['poison']);
      for (let round = 1; round <= uncounted + 3; round += 1) {
        const { signal } = await stage.start(stage.app, '-c', '1').exited;
        assert.equal(signal, 'SIGKILL');
        assert.equal(stage.runs('poison'), round);
      }
      const last = await stage.worker('-c', '1');
      await assert.rejects(result.get(SOON), { type: 'WorkerLostError' });
      assert.equal(stage.runs('poison'), uncounted + 3);
      await until(async () => (await stage.quarantined(result.id)) !== undefined, 'it is in quarantine');
      assert.match((await stage.quarantined(result.id))!, /lost its worker 3 times/);
      assert.equal((await last.stop()).code, 0);
    });
  });

  test('what was handed ahead of a long task goes to a worker that is free', {
    timeout: 90_000,
  }, async () => {
    await using stage = new PreforkStage(await openStore());
    await stage.worker('-c', '1');
    // So that it takes tasks to be short, and hands one ahead.
    await (await stage.send('pf.nap_late', [0, 'short'])).get(SOON);
    await stage.send('pf.nap_late', [60, 'long']);
    await until(() => stage.runs('long') === 1, 'the long one runs');
    const next = await stage.send<string>('pf.nap_late', [0, 'next']);
    await stage.worker('-c', '1');
    assert.equal(await next.get(SOON), 'next');
    assert.deepEqual([stage.runs('next'), stage.runs('long')], [1, 1]);
  });

  describe('a worker that is asked to stop', { timeout: 60_000, concurrency: 2 }, () => {
    test('by TERM: finishes what runs, gives the rest back, and exits with 0', async () => {
      await using stage = new PreforkStage(await openStore());
      const worker = await stage.worker('-c', '1');
      const first = await stage.send<string>('pf.nap', [1, 'first']);
      await until(() => stage.runs('first') === 1, 'it runs');
      for (let n = 0; n < 3; n += 1) await stage.send('pf.nap', [0, 'rest']);
      assert.deepEqual(await worker.stop(), { code: 0, signal: null });
      assert.equal(await first.state(), 'SUCCESS', 'stored before it ended');
      const { ready, claimed } = await stage.depth();
      assert.deepEqual([ready, claimed, stage.runs('rest')], [3, 0, 0]);
    });

    test('by a second TERM: ends what runs; late acknowledged tasks are back at once, uncounted', async () => {
      await using stage = new PreforkStage(await openStore());
      const worker = await stage.worker('-c', '1');
      const sent = await stage.send<string>('pf.nap_late', [30, 'twice']);
      await until(() => stage.runs('twice') === 1, 'it runs');
      worker.signal('SIGTERM');
      await worker.says(/Warm shutdown/);
      worker.signal('SIGTERM');
      const { code, signal } = await worker.exited;
      assert.deepEqual([code === 0, signal], [false, null], 'it says that it did not finish what ran');
      const { ready, claimed } = await stage.depth();
      assert.deepEqual([ready, claimed], [1, 0]);
      assert.equal(await sent.state(), 'PENDING');
    });

    test('by QUIT: the same, and exits with 0', async () => {
      await using stage = new PreforkStage(await openStore());
      const worker = await stage.worker('-c', '1');
      await stage.send('pf.nap_late', [30, 'quit']);
      const early = await stage.send('pf.nap', [30, 'early']);
      await until(() => stage.runs('quit') === 1, 'it runs');
      worker.signal('SIGQUIT');
      assert.deepEqual(await worker.exited, { code: 0, signal: null });
      const { ready, claimed } = await stage.depth();
      assert.deepEqual([ready, claimed, stage.runs('early')], [2, 0, 0], 'the one that waited is back too');
      assert.equal(await early.state(), 'PENDING');
    });

    test('by QUIT, with an early acknowledged task running: it has failed', async () => {
      await using stage = new PreforkStage(await openStore());
      const worker = await stage.worker('-c', '1');
      const sent = await stage.send('pf.nap', [30, 'gone']);
      await until(() => stage.runs('gone') === 1, 'it runs');
      worker.signal('SIGQUIT');
      assert.equal((await worker.exited).code, 0);
      await assert.rejects(sent.get(SOON), { type: 'WorkerLostError' });
    });

    test('by TERM, while a task outlives many leases: it runs once', async () => {
      await using stage = new PreforkStage(await openStore());
      const worker = await stage.worker('-c', '1');
      await stage.worker('-c', '1');
      const sent = await stage.send<string>('pf.nap_late', [4, 'long']);
      await until(() => stage.runs('long') === 1, 'it runs');
      worker.signal('SIGTERM');
      assert.equal(await sent.get(SOON), 'long');
      assert.equal(stage.runs('long'), 1);
    });
  });
}

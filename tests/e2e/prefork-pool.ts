/** What becomes of children whatever the store: limits, their own ends, and apps that cannot be loaded. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lostIn, PreforkStage } from './prefork-stage.ts';
import { until } from './stage.ts';
import type { WorkerProcess } from './worker-process.ts';

const SOON = { timeout: 60 };

export function pool(): void {
  describe('a child that is ended, or ends itself', { timeout: 90_000 }, () => {
    let stage: PreforkStage;
    let worker: WorkerProcess;
    before(async () => {
      stage = new PreforkStage();
      worker = await stage.worker('-c', '1');
    });
    after(() => stage[Symbol.asyncDispose]());
    const pid = async () => (await stage.send<number>('pf.pid')).get(SOON);

    test('the hard limit kills a child that computes, and its slot serves again', async (t) => {
      const before = await pid();
      const result = await stage.send('pf.spin', [20], { timeLimit: 0.5 });
      await assert.rejects(result.get(SOON), { type: 'TimeLimitExceeded' });
      const killedMs = Date.now();
      const next = await pid();
      t.diagnostic(`the slot served again ${Date.now() - killedMs} ms after the failure was known`);
      assert.notEqual(next, before);
      assert.equal(stage.runs(`TimeLimitExceeded:${result.id}`), 1, 'the signal of a failure was sent');
      await until(() => !worker.livingChildren().includes(before), 'the old child is gone');
    });

    test('the soft limit ends a waiting task, and its child stays', async () => {
      const before = await pid();
      const result = await stage.send('pf.nap', [20, 'soft'], { softTimeLimit: 0.3 });
      await assert.rejects(result.get(SOON), { type: 'SoftTimeLimitExceeded' });
      assert.equal(await pid(), before);
    });

    test('process.exit() in a task loses that task only', async () => {
      const result = await stage.send('pf.exits');
      await assert.rejects(result.get(SOON), lostIn(/exit code 3/));
      assert.ok((await pid()) > 0);
    });

    test('a rejection that nobody handles loses that task only, and is told', async () => {
      const result = await stage.send('pf.unhandled');
      await assert.rejects(result.get(SOON), lostIn(/nobody caught this/));
      assert.ok((await pid()) > 0);
    });
  });

  describe('a child that may run three tasks', { timeout: 60_000 }, () => {
    let stage: PreforkStage;
    before(async () => {
      stage = new PreforkStage();
      await stage.worker('-c', '2', '--max-tasks-per-child', '3');
    });
    after(() => stage[Symbol.asyncDispose]());

    test('is replaced after as many tasks as it may run', async () => {
      const sent = await Promise.all(Array.from({ length: 24 }, () => stage.send<number>('pf.pid')));
      const pids = await Promise.all(sent.map((result) => result.get(SOON)));
      const counts = new Map<number, number>();
      for (const pid of pids) counts.set(pid, (counts.get(pid) ?? 0) + 1);
      for (const [pid, count] of counts) assert.ok(count <= 3, `child ${pid} ran ${count} tasks`);
      assert.ok(counts.size >= 8);
    });
  });

  describe('an app that cannot be loaded', () => {
    const ends = async (source: string) => {
      await using stage = new PreforkStage();
      const file = join(stage.folder, 'broken.ts');
      writeFileSync(file, source);
      const worker = stage.start(file, '-c', '1');
      const { code } = await worker.exited;
      return { code, said: worker.log.join('\n') };
    };

    test('ends the worker with the reason and a code that is not 0', async () => {
      const { code, said } = await ends("throw new TypeError('this module is broken');");
      assert.notEqual(code, 0);
      assert.match(said, /broken\.ts[\s\S]*this module is broken|this module is broken[\s\S]*broken\.ts/);
    });

    test('also where only its children cannot', async () => {
      const { code, said } = await ends(`
        import { Lovage } from ${JSON.stringify(import.meta.resolve('lovage'))};
        if (process.argv[1]?.includes('host')) throw new TypeError('not in a child');
        export const app = new Lovage('broken', { brokerUrl: 'memory://' });
      `);
      assert.notEqual(code, 0);
      assert.match(said, /not in a child/);
    });
  });
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KombuStage, skip } from '../kombu-stage.ts';
import { python } from '../python.ts';
import { until } from '../watching.ts';

const HOLDER = fileURLToPath(new URL('../holder.ts', import.meta.url));

describe("kombu's tables in PostgreSQL: who takes what others leave", { skip, timeout: 240_000 }, () => {
  const stage = new KombuStage();
  before(() => stage.start());
  after(() => stage.stop());
  beforeEach(() => stage.begin());
  afterEach(() => stage.end());

  /** A worker of ours, in a process of its own, that works on so many tasks; killed. */
  async function killHolding(count: number): Promise<void> {
    const args = [
      '--conditions=lovage-source',
      HOLDER,
      stage.peer.broker,
      stage.peer.backend,
      stage.peer.queue,
      String(count),
    ];
    const holder = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const gone = once(holder, 'exit');
    const said = await Promise.race([once(holder.stdout, 'data'), gone.then(() => ['ended by itself'])]);
    assert.match(String(said[0]), /holds/);
    holder.kill('SIGKILL');
    await gone;
  }

  const sendMarks = (count: number) =>
    stage.app.bulk(Array.from({ length: count }, (_, n) => ({ task: 'shared.mark', args: [n] })));
  const valuesOf = (results: Awaited<ReturnType<typeof sendMarks>>) =>
    Promise.all(results.map((result) => result.get({ timeout: 60 })));
  const marks = (who: string, count: number) => Array.from({ length: count }, (_, n) => [who, n]);

  test('what a killed worker of ours held another of ours takes, and what Python holds it leaves', async (t) => {
    // Python takes one, and is killed in the middle.
    const theirs = await stage.theirWorker(t);
    await stage.app.sendTask('py.sleep', { args: [600] });
    await until('Python works', () => theirs.log.some((line) => /py\.sleep.* received/.test(line)));
    await theirs.stop('SIGKILL');
    const [pythons] = await stage.rows();
    assert.equal(pythons?.visible, false);

    const results = await sendMarks(4);
    await killHolding(4);
    await stage.ourWorker(t);
    assert.deepEqual(await valuesOf(results), marks('ts', 4));
    await until('nothing is held', async () => (await stage.held()).length === 0);
    assert.deepEqual(await stage.rows(), [pythons]);
  });

  test('what a killed worker of ours held Python takes, if there is anybody of ours at all', async (t) => {
    const results = await sendMarks(4);
    await killHolding(4);
    await stage.theirWorker(t);
    // A client is enough: it looks when it begins to send.
    await until('it is visible again', async () => {
      const client = stage.ours(`${stage.peer.queue}-other`);
      await client.sendTask('ts.add', { args: [1, 1] });
      await client.close();
      return (await stage.held()).length === 0;
    });
    assert.deepEqual(await valuesOf(results), marks('py', 4));
  });

  test('what a worker of ours has parked Python gets when it is due, if ours has gone', async (t) => {
    const result = await stage.app.sendTask('shared.mark', { args: [1] });
    const { broker } = await stage.app.drivers();
    const consumer = await broker.consume({
      consumer: 'parks',
      queues: [stage.peer.queue],
      prefetch: 1,
      leaseMs: 60_000,
    });
    const [delivery] = await consumer.claim(1, AbortSignal.timeout(60_000));
    const due = Date.now() + 1500;
    await consumer.settle([{ kind: 'defer', delivery: delivery!, notBefore: due }]);
    await consumer.close();
    const elsewhere = stage.ours(`${stage.peer.queue}-other`);
    t.after(() => elsewhere.close());
    await stage.ourWorker(t, elsewhere);
    await stage.theirWorker(t);
    assert.deepEqual(await result.get({ timeout: 60 }), ['py', 1]);
    assert.ok(Date.now() >= due);
  });

  test('what Python purges while we work on it is finished all the same', async (t) => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    stage.app.task('ts.slow', async () => {
      begun.resolve();
      await go.promise;
      return 'done';
    });
    await stage.ourWorker(t);
    const result = await stage.app.sendTask('ts.slow');
    await begun.promise;
    await python(
      stage.peer,
      `
with app.connection_for_write() as connection:
    answer = connection.default_channel.queue_purge('${stage.peer.queue}')`,
    );
    assert.deepEqual(await stage.rows(), []);
    go.resolve();
    assert.equal(await result.get({ timeout: 60 }), 'done');
    await until('nothing is held', async () => (await stage.held()).length === 0);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EmptyStore, fixture, lovage, start, startWorker } from './lovage.ts';
import { Pty } from './pty.ts';

/** Names the worker, so that it is waited for as long as it takes, and no longer. */
const PATIENT = ['-d', 'w1@here', '-t', '60'];

/** The commands of an operator, and a worker of ours that they are about, each time on another store. */
export function remoteWorkerExam(emptyStore: EmptyStore): void {
  async function scene(...more: string[]) {
    const flags = ['-A', fixture('shop.ts'), ...(await emptyStore())];
    const worker = await startWorker([...flags, '-n', 'w1@here', '-P', 'async', '-c', '3', ...more]);
    const run = (...words: string[]) => lovage([...words, ...flags]);
    const slow = async (): Promise<string> => {
      const { stdout } = await run('call', 'shop.slow', '-a', '[60000]');
      await worker.says(/slow is running/);
      return stdout.trim();
    };
    return { worker, run, slow, flags };
  }

  test('it is seen at work, told to do things, and shut down', async () => {
    const { worker, run, slow } = await scene();
    const id = await slow();
    const active = await run('inspect', 'active', ...PATIENT);
    assert.match(active.stdout, /^-> {2}w1@here: OK\n {4}Id +Name +Arguments +Started +Pid\n/);
    assert.match(
      active.stdout,
      new RegExp(`^ {4}${id} {2}shop\\.slow {2}\\(60000\\) {4}[\\d.]+m?s ago +\\d+$`, 'm'),
    );
    const status = await run('status', ...PATIENT);
    assert.match(status.stdout, /^w1@here {2}OK +async +3 +1 +1 {2}celery$/m);
    assert.match(
      (await run('inspect', 'query_task', id, ...PATIENT)).stdout,
      new RegExp(`${id}  active  shop\\.slow`),
    );
    assert.equal(
      (await run('control', 'rate_limit', 'shop.add', '10/m', ...PATIENT)).stdout,
      '->  w1@here: OK\n        new rate limit set successfully\n',
    );
    assert.match(
      (await run('inspect', 'registered', ...PATIENT)).stdout,
      /^ {4}\* shop\.add \[rate_limit=10\/m\]$/m,
    );
    await run('control', 'terminate', 'TERM', id, ...PATIENT);
    assert.equal((await run('result', id, '--timeout', '60')).code, 1);
    const shutdown = await run('control', 'shutdown', ...PATIENT);
    assert.deepEqual([shutdown.code, shutdown.stdout], [0, '->  w1@here: OK\n        shutdown requested\n']);
    assert.equal((await worker.ended).code, 0);
    assert.equal((await run('status', '-t', '0.2')).code, 69);
  });

  test('its tasks are followed on the screen, and ended from there', async () => {
    const { worker, slow, flags } = await scene('-E');
    const screen = new Pty(['events', '-F', '0.1', ...flags]);
    await screen.shows(/1 worker online/);
    const id = await slow();
    await screen.shows(new RegExp(` ${id.slice(0, 8)} STARTED {3}shop\\.slow +w1@here`));
    screen.type('ty');
    await screen.shows(new RegExp(` ${id.slice(0, 8)} REVOKED {3}shop\\.slow`));
    screen.type('q');
    assert.deepEqual(await screen.ended, { status: 0, restored: true });
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0, worker.said());
  });

  test('its events are printed as they come', async () => {
    const { worker, run, flags } = await scene('-E');
    const dump = start(['events', '--dump', ...flags]);
    await dump.says(/^w1@here \[.*\] heartbeat: /m);
    const id = (await run('call', 'shop.add', '-a', '[2, 3]')).stdout.trim();
    await dump.says(new RegExp(`task received: shop\\.add\\(${id}\\) args=\\(2, 3\\) kwargs={} clock=`));
    await dump.says(
      new RegExp(`task succeeded: shop\\.add\\(${id}\\) args=\\(2, 3\\) kwargs={} .*result=5, runtime=`),
    );
    worker.process.kill('SIGTERM');
    await dump.says(/^w1@here \[.*\] shutdown: /m);
    dump.process.kill('SIGINT');
    assert.equal((await dump.ended).code, 0);
    assert.equal((await worker.ended).code, 0);
  });
}

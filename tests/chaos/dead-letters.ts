import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lovage } from 'lovage';
import { WorkerProcess } from '../e2e/worker-process.ts';
import { startWorker } from './workers.ts';

const LOVAGE = fileURLToPath(import.meta.resolve('lovage/bin'));
const APP = fileURLToPath(new URL('./app.ts', import.meta.url));
const TASKS = 600;
const KILLS = 3;
const WITHIN_MS = 150_000;

/**
 * Workers are killed while everything fails, and then whoever redrives: each failure has its letter, and each letter is a message
 * again. Answers how many there were too many of each.
 */
export async function deadLettersSurvive(
  t: TestContext,
  store: { readonly broker: string; readonly results?: string },
): Promise<{ readonly letters: number; readonly messages: number }> {
  const results = store.results ?? store.broker;
  const env = { CHAOS_BROKER: store.broker, CHAOS_RESULTS: results };
  const app = new Lovage('chaos', {
    ...{ brokerUrl: store.broker, resultBackend: results, environment: {}, lovageLogLevel: 'silent' },
  });
  t.after(() => app.close());
  const sent = await app.bulk(Array.from({ length: TASKS }, () => ({ task: 'chaos.fails' })));
  const count = async () => (await app.deadLetters.list({ limit: 1 })).total;

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const worker = startWorker(env, `w${kill}`);
    await worker.ready;
    await until(async () => (await count()) >= (TASKS * kill) / (KILLS + 2), `part ${kill} has failed`);
    worker.kill();
    await worker.exited;
  }
  const last = startWorker(env, 'last');
  await last.ready;
  await until(async () => {
    const states = await Promise.all(sent.map((result) => result.state()));
    return states.every((state) => state === 'FAILURE') && (await idle(app));
  }, 'all have failed');
  assert.equal((await last.stop()).code, 0);

  const { letters } = await app.deadLetters.list({ limit: 10_000 });
  const kept = new Set(letters.map(({ id }) => id));
  assert.deepEqual(sent.filter(({ id }) => !kept.has(id)).length, 0, 'failures without a letter');

  const redriving = spawn(
    process.execPath,
    ['--conditions=lovage-source', LOVAGE, 'dead-letters', 'redrive', '--all', '-A', APP],
    { env: { ...process.env, ...env }, stdio: 'ignore' },
  );
  const ended = once(redriving, 'exit');
  const { broker } = await app.drivers();
  const waiting = async () => (await broker.depth(['celery']))[0]!.ready;
  await until(async () => (await waiting()) > 0, 'the first are under way');
  redriving.kill('SIGKILL');
  await ended;
  // What it had claimed comes back when its lease lapses; the workers see to that, whatever they consume.
  const elsewhere = new WorkerProcess({
    app: APP,
    env,
    name: 'elsewhere',
    args: ['-Q', 'elsewhere', '-c', '1'],
  });
  await elsewhere.ready;
  await until(async () => {
    await app.deadLetters.redrive('all');
    const there = await broker.peek('celery', 2 * TASKS);
    return new Set(there.map(({ id }) => id)).size === TASKS && (await count()) === 0;
  }, 'all are messages again');
  assert.equal((await elsewhere.stop()).code, 0);
  return { letters: letters.length - TASKS, messages: (await waiting()) - TASKS };
}

async function idle(app: Lovage): Promise<boolean> {
  const { broker } = await app.drivers();
  const [depth] = await broker.depth(['celery']);
  return depth!.ready + depth!.delayed + depth!.claimed === 0;
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `waited too long until ${what}`);
    await sleep(200);
  }
}

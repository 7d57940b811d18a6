/** A worker process under a steady load, and everything that can happen to its broker, again and again. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lovage } from 'lovage';
import { redisDatabase, requireService, startProxy, startRedis } from '../../tools/services.ts';
import { outages, type Scene } from '../e2e/outages.ts';
import { until } from '../e2e/stage.ts';
import { WorkerProcess } from '../e2e/worker-process.ts';

const APP = fileURLToPath(new URL('./app.ts', import.meta.url));
const ROUNDS = 3;
const TASKS_PER_SECOND = 50;
const BACK_WITHIN_MS = 10_000;

describe('a worker lives through', {
  skip: requireService('redis', { control: true }),
  timeout: 1_800_000,
}, () => {
  for (const [name, happens] of Object.entries(outages({ awayMs: 30_000, swallowedMs: 30_000 }))) {
    test(`${name}, ${ROUNDS} times`, (t) => examine(t, happens));
  }
});

async function examine(t: TestContext, happens: (scene: Scene) => Promise<unknown>): Promise<void> {
  await using redis = await startRedis({ control: true, appendonly: true });
  await using proxy = await startProxy(redis.port);
  const worker = new WorkerProcess({
    app: APP,
    env: { CHAOS_BROKER: `redis://127.0.0.1:${proxy.port}/0`, CHAOS_LEDGER: '/dev/null' },
    name: 'trouble',
    args: ['-P', 'async', '-c', '50'],
  });
  await worker.ready;
  const app = new Lovage('chaos-client', { brokerUrl: redisDatabase(redis, 0) });
  const load = steadyLoad(app);
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await load.consumed('it consumes');
      await happens({ redis, proxy });
      const backMs = Date.now();
      await load.consumed(`it consumes again after round ${round}`);
      t.diagnostic(`round ${round}: consuming again ${Date.now() - backMs} ms after the broker was back`);
      assert.ok(Date.now() - backMs <= BACK_WITHIN_MS);
    }
    const accepted = await load.stop();
    await Promise.all(accepted.map((result) => result.get({ timeout: 60 })));
    t.diagnostic(`${accepted.length} tasks were accepted, all have run`);
    assert.deepEqual(await worker.stop(), { code: 0, signal: null });
  } finally {
    await load.stop();
    await app.close();
  }
}

/** Sends all the time. What the broker did not take is not counted; what it took must run. */
function steadyLoad(app: Lovage) {
  const stopping = new AbortController();
  const accepted: Awaited<ReturnType<Lovage['sendTask']>>[] = [];
  const send = async (): Promise<void> => {
    try {
      accepted.push(await app.sendTask('chaos.mark', { args: [accepted.length, 20] }));
    } catch {
      // The broker is away; whoever calls knows that now.
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      void send();
      await sleep(1000 / TASKS_PER_SECOND);
    }
  })();
  return {
    /** Resolves when something that is sent from now on has run. */
    async consumed(what: string): Promise<void> {
      const from = accepted.length;
      await until(() => accepted.length > from, `${what}: calls are taken`, 60_000);
      await accepted[from]!.get({ timeout: 60 });
    },
    async stop() {
      stopping.abort();
      await running;
      return accepted;
    },
  };
}

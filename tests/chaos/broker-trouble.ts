import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lovage } from 'lovage';
import { startProxy } from '../../tools/services.ts';
import type { Breakable, StoreConf } from '../e2e/breakable.ts';
import { type Outage, outages } from '../e2e/outages.ts';
import { until } from '../e2e/stage.ts';
import { WorkerProcess } from '../e2e/worker-process.ts';

const APP = fileURLToPath(new URL('./app.ts', import.meta.url));
/** How long a server is gone, or its network swallows everything. */
const AWAY_MS = Number(process.env['LOVAGE_CHAOS_AWAY_MS'] ?? 30_000);
const ROUNDS = 3;
const TASKS_PER_SECOND = 50;
const BACK_WITHIN_MS = 10_000;

/** A worker process under a steady load, and everything that can happen to its broker, again and again. */
export function brokerTrouble(store: Breakable): void {
  describe(`on ${store.name} a worker lives through`, { skip: store.skip, timeout: 1_800_000 }, () => {
    for (const [name, happens] of Object.values(outages({ awayMs: AWAY_MS, swallowedMs: AWAY_MS }))) {
      test(`${name}, ${ROUNDS} times`, (t) => examine(t, store, happens));
    }
  });
}

async function examine(t: TestContext, store: Breakable, happens: Outage): Promise<void> {
  await using opened = await store.open();
  await using proxy = await startProxy(opened.port);
  const folder = await mkdtemp(join(tmpdir(), 'lovage-trouble-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // What travels is gone with its server: not the promise of this test.
  const conf = (port: number): StoreConf => {
    const { brokerUrl, resultBackend } = opened.conf(port);
    const travels = resultBackend === 'rpc://';
    return { brokerUrl, resultBackend: travels ? `sqlite:///${join(folder, 'results.db')}` : resultBackend };
  };
  const { brokerUrl, resultBackend } = conf(proxy.port);
  const worker = new WorkerProcess({
    app: APP,
    env: { CHAOS_BROKER: brokerUrl, CHAOS_RESULTS: resultBackend, CHAOS_LEDGER: '/dev/null' },
    name: 'trouble',
    args: ['-P', 'async', '-c', '50'],
  });
  await worker.ready;
  const app = new Lovage('chaos-client', conf(opened.port));
  const load = steadyLoad(app);
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await load.consumed('it consumes');
      await happens({ store: opened, proxy });
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

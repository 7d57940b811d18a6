/** `withLock` on every store that keeps locks: one holder at a time, and a holder that is killed does not keep it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lovage } from 'lovage';
import { startProgram } from '../../tools/lovage-process.ts';
import { postgresSchema, requireService, startPostgres, startRedis } from '../../tools/services.ts';
import { MACHINE_MS } from '../machine.ts';

const HOLDER = fileURLToPath(new URL('./locks-holder.ts', import.meta.url));

async function killedHolder(url: string, name: string): Promise<number> {
  const holder = await startProgram([HOLDER, url, name], {});
  const [line] = await holder.says(/^\d+$/);
  await holder.kill();
  return Number(line);
}

function holds(store: string, skip: string | false, open: () => Promise<string>): void {
  test(store, { skip, timeout: 4 * MACHINE_MS }, async (t) => {
    const url = await open();
    const apps = [1, 2].map(() => new Lovage('locks', { brokerUrl: url, lovageLogLevel: 'silent' }));
    t.after(() => Promise.all(apps.map((app) => app.close())));

    let inside = 0;
    const fences = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        apps[i % 2]!.withLock('ledger', { wait: 60 }, async ({ fence }) => {
          inside += 1;
          assert.equal(inside, 1, 'one at a time');
          await sleep(5);
          inside -= 1;
          return fence;
        }),
      ),
    );
    assert.equal(new Set(fences).size, 6);

    const killed = await killedHolder(url, 'orphan');
    const inherited = await apps[0]!.withLock('orphan', { wait: 60 }, ({ fence }) => fence);
    assert.ok(inherited > killed, `fence ${inherited} after ${killed}`);
  });
}

suite('withLock', { concurrency: true }, () => {
  const skipRedis = requireService('redis');
  const skipPostgres = requireService('postgres');
  const stops: (() => unknown)[] = [];
  after(() => Promise.all(stops.map((stop) => stop())));

  holds('SQLite', false, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-locks-'));
    stops.push(() => rm(folder, { recursive: true }));
    return `sqlite:///${join(folder, 'tasks.db')}`;
  });
  holds('Redis', skipRedis, async () => {
    const redis = await startRedis();
    stops.push(() => redis.stop());
    return redis.url;
  });
  holds('PostgreSQL', skipPostgres, async () => {
    const postgres = await startPostgres();
    stops.push(() => postgres.stop());
    return postgresSchema(postgres, `locks_${process.pid}`);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { requireService, startPostgres, startProxy, startRedis } from '../../tools/services.ts';
import { awayForAWhile, type OutagePlan } from './beat-outage.ts';

export type OutageMeasure = Pick<OutagePlan, 'awayMs' | 'missedAfterMs'>;

const title = (store: string, { awayMs }: OutageMeasure): string =>
  `${store} away for ${awayMs / 1000} s: beats live, nothing is doubled, and what was missed is as each entry says`;

const timeout = ({ awayMs }: OutageMeasure) => ({ timeout: awayMs + 180_000 });

/** As if it were down: nobody can connect. */
export function onRedis(measure: OutageMeasure): void {
  test(title('Redis', measure), { skip: requireService('redis'), ...timeout(measure) }, async (t) => {
    const redis = await startRedis({ control: true });
    const proxy = await startProxy(redis.port);
    t.after(async () => {
      await proxy.close();
      await redis.stop();
    });
    await away(t, measure, redis.url, proxy);
  });
}

export function onPostgres(measure: OutageMeasure): void {
  const skip = requireService('postgres', { control: true });
  test(title('PostgreSQL', measure), { skip, ...timeout(measure) }, async (t) => {
    const postgres = await startPostgres({ control: true });
    const proxy = await startProxy(postgres.port);
    t.after(async () => {
      await proxy.close();
      await postgres.stop();
    });
    await away(t, measure, postgres.url, proxy);
  });
}

/** Somebody else holds the file. */
export function onSqlite(measure: OutageMeasure): void {
  test(title('SQLite', measure), timeout(measure), async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-beat-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'beat.db');
    const take = async () => {
      const database = new DatabaseSync(file, { timeout: 10_000 });
      database.exec('begin immediate');
      return async () => {
        database.exec('commit');
        database.close();
      };
    };
    const broker = `sqlite:///${file}`;
    t.diagnostic(await awayForAWhile({ ...measure, broker, direct: broker, take }));
  });
}

async function away(
  t: { diagnostic(message: string): void },
  measure: OutageMeasure,
  direct: string,
  proxy: Awaited<ReturnType<typeof startProxy>>,
): Promise<void> {
  const url = new URL(direct);
  url.port = String(proxy.port);
  const take = async () => {
    await proxy.refuse();
    return () => proxy.heal();
  };
  t.diagnostic(await awayForAWhile({ ...measure, broker: url.href, direct, take }));
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import {
  type PostgresServer,
  type RedisServer,
  requireService,
  startPostgres,
  startProxy,
  startRedis,
} from '../../tools/services.ts';
import { awayForAWhile, type OutagePlan } from './beat-outage.ts';

export type OutageMeasure = Pick<OutagePlan, 'awayMs' | 'missedAfterMs'>;

const title = (store: string, { awayMs }: OutageMeasure): string =>
  `${store} away for ${awayMs / 1000} s: beats live, nothing is doubled, and what was missed is as each entry says`;

const timeout = ({ awayMs }: OutageMeasure) => ({ timeout: awayMs + 180_000 });

/** As if it were down: nobody can connect. */
export function onRedis(measure: OutageMeasure): void {
  test(title('Redis', measure), { skip: requireService('redis'), ...timeout(measure) }, async (t) => {
    await away(t, measure, await startRedis({ control: true }));
  });
}

export function onPostgres(measure: OutageMeasure): void {
  const skip = requireService('postgres', { control: true });
  test(title('PostgreSQL', measure), { skip, ...timeout(measure) }, async (t) => {
    await away(t, measure, await startPostgres({ control: true }));
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

/** Behind a proxy that refuses for a while. */
async function away(
  t: TestContext,
  measure: OutageMeasure,
  server: Pick<RedisServer | PostgresServer, 'url' | 'port' | 'stop'>,
): Promise<void> {
  const proxy = await startProxy(server.port);
  t.after(async () => {
    await proxy.close();
    await server.stop();
  });
  const url = new URL(server.url);
  url.port = String(proxy.port);
  const take = async () => {
    await proxy.refuse();
    return () => proxy.heal();
  };
  t.diagnostic(await awayForAWhile({ ...measure, broker: url.href, direct: server.url, take }));
}

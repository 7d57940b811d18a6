import { readFileSync } from 'node:fs';
import type { DriverFactory } from '@lovage/contracts';
import type { Ledger } from './system.ts';
import { verifyResults } from './verify.ts';

const queue = 'celery';

export interface DriverLedger extends AsyncDisposable {
  readonly ledger: Ledger & Required<Pick<Ledger, 'parked'>>;
}

const DRIVERS: Readonly<Record<string, () => Promise<{ readonly driver: DriverFactory }>>> = {
  redis: () => import('@lovage/redis'),
  sqlite: () => import('@lovage/sqlite'),
  postgresql: () => import('@lovage/postgres'),
};

/** Eyes on our own stores through the driver's public door. */
export async function driverLedger(url: string): Promise<DriverLedger> {
  const scheme = url.slice(0, url.indexOf(':'));
  const { driver: factory } = await DRIVERS[scheme]!();
  const { readMeta } = await import('@lovage/protocol');
  const driver = factory.create(url, {});
  const [broker, results] = [driver.broker!(), driver.results!()];
  const depth = async () => (await broker.depth([queue]))[0]!;
  const stored = async (idsFile: string) => {
    const ids = JSON.parse(readFileSync(idsFile, 'utf8')) as string[];
    const found: unknown[] = [];
    for (let from = 0; from < ids.length; from += 1000) {
      const records = await results.fetch(ids.slice(from, from + 1000));
      for (const { payload } of records.values()) found.push(readMeta(payload).result);
    }
    return found;
  };
  const ledger = {
    everyMs: 20,
    waiting: async () => (await depth()).ready,
    // Acks are late and go with their results, so an empty queue means that all are stored; verify counts them.
    async finished() {
      const { ready, claimed } = await depth();
      return ready === 0 && claimed === 0;
    },
    async parked(count: number) {
      const { ready, claimed, delayed } = await depth();
      return ready === 0 && claimed === 0 && delayed === count;
    },
    results: stored,
    async verify(count: number, idsFile: string) {
      verifyResults(await stored(idsFile), count);
    },
  };
  return { ledger, [Symbol.asyncDispose]: () => driver.close() };
}

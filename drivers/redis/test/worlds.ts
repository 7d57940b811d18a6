import { randomUUID } from 'node:crypto';
import type { Driver, DriverOptions } from '@lovage/contracts';
import { driver as factory } from '@lovage/redis';
import { type RedisServer, startRedis } from '../../../tools/services.ts';

/** One server for all the cases of a file, each in a namespace of its own. It ends with the process at the latest. */
let shared: Promise<RedisServer> | undefined;

export function sharedServer(): Promise<RedisServer> {
  shared ??= startRedis();
  return shared;
}

export async function stopSharedServer(): Promise<void> {
  await (await shared)?.stop();
}

/** The URL of our driver's module, for processes that an exam starts. */
export const MODULE = import.meta.resolve('@lovage/redis');

/** A namespace on the shared server, and the drivers that work in it. */
export async function freshWorld() {
  const { url } = await sharedServer();
  const transport = { global_keyprefix: `exam-${randomUUID().slice(0, 8)}:` };
  const drivers: Driver[] = [];
  const open = (options: DriverOptions = {}): Required<Driver> => {
    const driver = factory.create(url, { transport, ...options });
    drivers.push(driver);
    return driver as Required<Driver>;
  };
  return {
    open,
    remote: { module: MODULE, url, transport },
    async dispose() {
      await Promise.all(drivers.map((driver) => driver.close()));
    },
  };
}

import type { DriverFactory } from '@lovage/contracts';
import { RedisDriver } from './driver.ts';
import { SCHEMES } from './options/target.ts';

/** Lovage on Redis 6.2 or later, in the layout of kombu and Celery: every role, shared with Python. */
export const driver: DriverFactory = {
  schemes: SCHEMES,
  create: (url, options) => new RedisDriver(url, options),
};

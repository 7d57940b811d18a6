import type { DriverFactory } from '@lovage/contracts';
import { AmqpDriver } from './driver.ts';
import { SCHEMES } from './options/target.ts';

/** Lovage on RabbitMQ 3.10 or later: messages, control and events beside Celery's own clients and workers. */
export const driver: DriverFactory = {
  schemes: SCHEMES,
  create: (url, options) => new AmqpDriver(url, options),
};

import type { DriverFactory, QueueSpec } from '@lovage/contracts';
import { loadYaml } from '@lovage/protocol';
import { Publisher } from './call/publisher.ts';
import type { Drivers } from './config/open-drivers.ts';
import { openDrivers } from './config/open-drivers.ts';
import type { Settings } from './config/settings.ts';
import type { Logger } from './logger/logger.ts';

/** An app's services, and what publishes to them. */
export interface OpenApp extends Drivers {
  readonly publisher: Publisher;
}

/** The drivers that the settings name, and the optional libraries they need. Nothing is connected yet. */
export async function openServices(
  conf: Settings,
  factories: readonly DriverFactory[],
  queues: readonly QueueSpec[],
  log: Logger,
): Promise<OpenApp> {
  if ([conf.taskSerializer, ...conf.acceptContent].some((name) => name.includes('yaml'))) await loadYaml();
  const drivers = await openDrivers(conf, factories, log);
  const publisher = new Publisher(drivers.broker, {
    timeoutS: conf.lovagePublishTimeout,
    policy: conf.taskPublishRetry ? conf.taskPublishRetryPolicy : undefined,
    queues,
    label: drivers.brokerLabel,
  });
  return { ...drivers, publisher };
}

import { randomUUID } from 'node:crypto';
import { driver as factory } from '@lovage/amqp';
import type {
  Broker,
  Consumer,
  Delivery,
  Driver,
  DriverOptions,
  Envelope,
  EventBus,
  OutgoingMessage,
  ResultBackend,
} from '@lovage/contracts';
import { type RabbitmqServer, startRabbitmq } from '../../../tools/services.ts';

/** One server for all the cases of a file: it takes seconds to start. It ends with the process at the latest. */
let shared: Promise<RabbitmqServer> | undefined;

export function sharedServer(): Promise<RabbitmqServer> {
  shared ??= startRabbitmq();
  return shared;
}

export async function stopSharedServer(): Promise<void> {
  await (await shared)?.stop();
}

/** The URL of our driver's module, for processes that an exam starts. */
export const MODULE = import.meta.resolve('@lovage/amqp');

export interface AmqpRoles extends Driver {
  broker(): Broker;
  bus(): EventBus;
  results(): ResultBackend;
}

/** The drivers of one case. Cases share the server's queues, so each takes names of its own. */
export async function freshWorld(transport: Readonly<Record<string, unknown>> = {}) {
  const { url } = await sharedServer();
  const drivers: AmqpRoles[] = [];
  const open = (): AmqpRoles => {
    const driver = factory.create(url, { transport, timeoutMs: 15_000 }) as AmqpRoles;
    drivers.push(driver);
    return driver;
  };
  return {
    open,
    remote: { module: MODULE, url, transport },
    async dispose() {
      await Promise.all(drivers.map((driver) => driver.close()));
    },
  };
}

/** A driver for the time of a test, and what it logged. */
export function openDriver(url: string, options: DriverOptions = {}) {
  const logged: string[] = [];
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
  const driver = factory.create(url, { log, ...options }) as AmqpRoles;
  return { driver, logged, [Symbol.asyncDispose]: () => driver.close() };
}

export function message(queue: string, body: string, more: Partial<Envelope> = {}): OutgoingMessage {
  const envelope: Envelope = {
    id: randomUUID(),
    headers: { task: 'test' },
    body: Buffer.from(body),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    ...more,
  };
  return { queue, envelope };
}

export const bodyOf = ({ envelope }: Delivery): string => Buffer.from(envelope.body).toString();

export function consume(driver: AmqpRoles, ...queues: readonly string[]): Promise<Consumer> {
  return driver.broker().consume({ consumer: randomUUID(), queues, prefetch: 100, leaseMs: 60_000 });
}

/** One delivery; fails when there is none for long. */
export async function takeOne(consumer: Consumer): Promise<Delivery> {
  const [delivery] = await consumer.claim(1, AbortSignal.timeout(20_000));
  if (!delivery) throw new Error('waited too long for a delivery');
  return delivery;
}

/** Wait until `holds`. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited too long until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

import { randomUUID } from 'node:crypto';
import type { Consumer, Delivery, Driver, DriverOptions, Envelope, OutgoingMessage } from '@lovage/contracts';
import { driver as factory } from '@lovage/redis';
import { createClient } from '@redis/client';
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

/** A driver for the time of a test, and what it logged. */
export function openDriver(url: string, options: DriverOptions = {}) {
  const logged: string[] = [];
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
  const driver = factory.create(url, { log, ...options }) as Required<Driver>;
  return { driver, logged, [Symbol.asyncDispose]: () => driver.close() };
}

/** A plain client, for what another program would do. */
export async function rawClient(url: string) {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  const command = (...args: string[]): Promise<unknown> => client.sendCommand(args);
  return { client, command, [Symbol.asyncDispose]: async () => client.destroy() };
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

/** A consumer of `queue` whose lease will not lapse during a test. */
export function consume(driver: Required<Driver>, queue: string, leaseMs = 60_000): Promise<Consumer> {
  return driver.broker().consume({ consumer: randomUUID(), queues: [queue], prefetch: 100, leaseMs });
}

/** One delivery; fails when there is none for long. */
export async function takeOne(consumer: Consumer): Promise<Delivery> {
  const [delivery] = await consumer.claim(1, AbortSignal.timeout(10_000));
  if (!delivery) throw new Error('waited too long for a delivery');
  return delivery;
}

/** Wait until `holds`. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited too long until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

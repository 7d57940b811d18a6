/** A program: claims one message, reports its body to its parent, and keeps it until it is killed. */
import assert from 'node:assert/strict';
import { setInterval } from 'node:timers/promises';
import type { DriverFactory } from '../../src/index.ts';
import type { ChildOrders } from './child.ts';
import { bodyOf } from './messages.ts';
import { takeOne } from './room.ts';

// An exam that failed must not leave us behind.
process.once('disconnect', () => process.exit(1));

const { remote, queue, leaseMs }: ChildOrders = JSON.parse(process.argv[2] ?? '');
const { driver }: { driver: DriverFactory } = await import(remote.module);
const options = remote.transport ? { transport: remote.transport } : {};
const broker = driver.create(remote.url, options).broker?.();
assert.ok(broker, `${remote.url} has no broker`);

const consumer = await broker.consume({
  consumer: crypto.randomUUID(),
  queues: [queue],
  prefetch: 1,
  leaseMs,
});
const delivery = await takeOne(consumer);
process.send?.(bodyOf(delivery));
for await (const _ of setInterval(leaseMs / 3)) await consumer.renew([delivery]);

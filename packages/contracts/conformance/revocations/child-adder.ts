/** A program: adds revocations, and dies of SIGKILL once they are durable. */
import assert from 'node:assert/strict';
import type { DriverFactory } from '../../src/index.ts';
import type { ChildOrders } from './child.ts';

// An exam that failed must not leave us behind.
process.once('disconnect', () => process.exit(1));

const { remote, revocations }: ChildOrders = JSON.parse(process.argv[2] ?? '');
const { driver }: { driver: DriverFactory } = await import(remote.module);
const options = remote.transport ? { transport: remote.transport } : {};
const store = driver.create(remote.url, options).revocations?.();
assert.ok(store, `${remote.url} keeps no revocations`);

await store.add(revocations);
process.kill(process.pid, 'SIGKILL');

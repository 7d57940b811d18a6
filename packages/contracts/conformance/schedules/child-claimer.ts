/** A program: claims one due time after the other, with what they send, until it is killed. */

import assert from 'node:assert/strict';
import type { DriverFactory } from '../../src/index.ts';
import type { ChildOrders } from './child.ts';
import { message, run } from './world.ts';

// An exam that failed must not leave us behind.
process.once('disconnect', () => process.exit(1));

const { remote, names, messages: where }: ChildOrders = JSON.parse(process.argv[2] ?? '');
const { driver }: { driver: DriverFactory } = await import(remote.module);
const options = remote.transport ? { transport: remote.transport } : {};
const store = driver.create(remote.url, options).schedules?.();
assert.ok(store, `${remote.url} keeps no schedules`);

/** Where nobody gets to kill it for long, it ends up waiting for that. */
const MOST = 400;

for (let n = 1; n <= MOST; n += 1) {
  const claims = names.map((name) =>
    run(name, n, { messages: ['a', 'b'].map((part) => message(`${name} ${n} ${part}`)) }),
  );
  const won = await store.claimRuns(claims, { fence: 1, messages: where });
  assert.ok(won.every(Boolean));
  process.send?.(n);
}

/** What the tests run in a process of its own: `program.ts <url> <command> [argument]`. */
import assert from 'node:assert/strict';
import { driver } from '@lovage/sqlite';
import { message, record } from './messages.ts';

/** A parent that failed must not leave us behind. */
const abandoned = () => process.exit(1);
process.once('disconnect', abandoned);

const [url = '', command = '', argument = ''] = process.argv.slice(2);
const store = driver.create(url, {});
const broker = store.broker?.();
const results = store.results?.();
const bus = store.bus?.();
assert.ok(broker && results && bus);

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Publish without end, telling each id once it is durable. */
  async publish() {
    for (let i = 0; ; i += 1) {
      const ids = Array.from({ length: 5 }, (_, n) => `${argument}-${i}-${n}`);
      await broker.publish(ids.map((id) => message('kill', id)));
      process.send?.(ids);
    }
  },

  /** Claim and settle without end, each settlement with its record and a follow-up. */
  async work() {
    const consumer = await broker.consume({
      consumer: argument,
      queues: ['kill'],
      prefetch: 20,
      leaseMs: 300,
    });
    for (;;) {
      const deliveries = await consumer.claim(20, new AbortController().signal);
      await consumer.settle(
        deliveries.map((delivery) => ({
          kind: 'done',
          delivery,
          records: [record(delivery.envelope.id)],
          followUps: [message('after', delivery.envelope.id)],
        })),
      );
      process.send?.(deliveries.length);
    }
  },

  publishOne: () => broker.publish([message('wake', argument)]),
  storeOne: () => results.store([record(argument)]),
  sendOne: () => bus.send('control', { topic: '', headers: {}, body: new TextEncoder().encode(argument) }),
  open: () => store.open(),
};

const run = commands[command];
assert.ok(run, `no command ${command}`);
await run();
await store.close();
// Nothing of ours keeps the process alive now; the channel to the parent would.
process.off('disconnect', abandoned);
process.disconnect?.();

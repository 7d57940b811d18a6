import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { App, InvalidCall, OperationalError } from '@lovage/app';
import type { Revocation } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { fakeNode } from './control-node.ts';

const make = () => new App('control', { environment: {}, brokerUrl: `memory://${randomUUID()}` });

/** An app whose driver also remembers revocations, and what happened in which order. */
async function remembering(add: (revocations: readonly Revocation[]) => Promise<void>) {
  const app = make();
  const drivers = await app.drivers();
  const happened: unknown[] = [];
  const { bus } = drivers;
  const send = bus!.send.bind(bus);
  bus!.send = (channel, message) => {
    happened.push(channel);
    return send(channel, message);
  };
  const revocations = {
    add: async (list: readonly Revocation[]) => {
      happened.push(list);
      await add(list);
    },
  };
  app.drivers = async () => ({ ...drivers, revocations }) as unknown as typeof drivers;
  return { app, happened };
}

test('a revoke is remembered for three hours before anybody hears of it', async () => {
  const { app, happened } = await remembering(async () => {});
  await using _closing = app;
  const node = await fakeNode(app, 'a@one');
  const before = Date.now();
  await app.control.revoke(['t-1', 't-2'], { terminate: true, signal: 'KILL' });
  await app.control.revokeByStampedHeaders({ customer: ['acme', 'hill'], day: 'mon' });
  await app.asyncResult('t-3').revoke();
  assert.deepEqual(
    happened.map((each) => (typeof each === 'string' ? each : 'stored')),
    ['stored', 'control', 'stored', 'control', 'stored', 'control'],
  );
  const stored = happened.filter((each) => typeof each !== 'string').flat() as Revocation[];
  assert.deepEqual(
    stored.map(({ untilMs: _, ...rest }) => rest),
    [
      { kind: 'id', taskId: 't-1' },
      { kind: 'id', taskId: 't-2' },
      { kind: 'stamp', header: 'customer', value: 'acme' },
      { kind: 'stamp', header: 'customer', value: 'hill' },
      { kind: 'stamp', header: 'day', value: 'mon' },
      { kind: 'id', taskId: 't-3' },
    ],
  );
  for (const { untilMs } of stored) {
    assert.ok(untilMs >= before + 10_800_000 && untilMs <= Date.now() + 10_800_000);
  }
  await turn();
  assert.deepEqual(
    node.asked.map(({ method, arguments: args }) => [method, args]),
    [
      ['revoke', { task_id: ['t-1', 't-2'], terminate: true, signal: 'KILL' }],
      [
        'revoke_by_stamped_headers',
        { headers: { customer: ['acme', 'hill'], day: ['mon'] }, terminate: false, signal: 'SIGTERM' },
      ],
      ['revoke', { task_id: 't-3', terminate: false, signal: 'SIGTERM' }],
    ],
  );
});

test('a revoke that cannot be remembered fails, and nobody hears of it', async () => {
  const { app, happened } = await remembering(() =>
    Promise.reject(new DriverError('unavailable', 'the disk is full')),
  );
  await using _closing = app;
  await assert.rejects(app.control.revoke('t-1'), (error: Error) => {
    assert.ok(error instanceof OperationalError);
    assert.match(error.message, /cannot revoke: the disk is full/);
    return true;
  });
  assert.equal(happened.length, 1);
});

test('a revoke of what is no id, by no signal or by no stamp is refused; of no tasks it is nothing', async () => {
  await using app = make();
  const node = await fakeNode(app, 'a@one');
  await assert.rejects(app.control.revoke(''), InvalidCall);
  await assert.rejects(app.control.revoke([5] as unknown as string[]), /the id of a task, or a list/);
  await assert.rejects(app.control.revoke('t', { signal: 'SIGKIL' }), /did you mean SIGKILL\?/);
  await assert.rejects(app.control.revokeByStampedHeaders({}), InvalidCall);
  await assert.rejects(app.control.revokeByStampedHeaders({ a: [] }), InvalidCall);
  assert.deepEqual(await app.control.revoke([]), []);
  await turn();
  assert.deepEqual(node.asked, []);
});

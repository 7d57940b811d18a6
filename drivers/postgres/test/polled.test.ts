import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PolledBus } from '../src/bus/polled.ts';
import type { Session } from '../src/database/session.ts';
import type { Statement } from '../src/database/statement.ts';

test('who stops looking for news and begins again at once is not signed off after that', async () => {
  const steps: string[] = [];
  const signingOff = Promise.withResolvers<void>();
  const run = async ({ name }: Statement) => {
    steps.push(name);
    if (name === 'lovage look no more') await signingOff.promise;
    steps.push(`${name}: done`);
    return [{ seq: 0 }];
  };
  const options = { log() {} };
  const bus = new PolledBus({ run, options, pollMs: 60_000 } as unknown as Session, () => {});
  await bus.add('control');
  const dropped = bus.drop('control');
  const added = bus.add('control');
  for (let i = 0; i < 20; i += 1) await turn();
  signingOff.resolve();
  await Promise.all([dropped, added]);
  const off = steps.indexOf('lovage look no more: done');
  assert.ok(steps.lastIndexOf('lovage look for news') > off && off > 0, steps.join('\n'));
  await bus.drop('control');
});

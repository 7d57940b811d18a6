import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answers } from '@lovage/app';
import { LamportClock } from '@lovage/protocol';
import { startMingle } from '../../src/control/mingle.ts';
import type { RevokedTasks } from '../../src/control/panel.ts';
import { asking } from './asking.ts';
import { FakePanel, HOSTNAME, keptLog } from './fake-panel.ts';

function newcomer(hello: (from: string, revoked: Readonly<Record<string, unknown>>) => Promise<Answers>) {
  const revoked = ['mine'];
  const clock = new LamportClock();
  const log = keptLog();
  const tasks = {
    revokedIds: () => revoked,
    revoke: (which: readonly RevokedTasks[]) => {
      for (const each of which) if (each.kind === 'id') revoked.push(each.taskId);
    },
  };
  const parts = { hostname: 'new@host1', clock, tasks, log: log.logger, hello };
  return { revoked, clock, lines: log.lines, mingle: startMingle(parts) };
}

test('a newcomer and a worker tell each other what is revoked, and share the later clock', async (t) => {
  const panel = new FakePanel(t);
  panel.revoked.push('theirs');
  for (let index = 0; index < 50; index += 1) panel.clock.forward();
  await asking(t, panel);
  const { app } = panel;
  const { revoked, clock, lines, mingle } = newcomer((from, ids) =>
    app.control.inspect({ timeout: 5, limit: 1 }).hello(from, ids),
  );
  await mingle.done;
  assert.deepEqual(revoked, ['mine', 'theirs']);
  assert.deepEqual(panel.revoked, ['theirs', 'mine']);
  assert.ok(clock.value > 50);
  assert.deepEqual(lines, [
    'info mingle: searching for neighbors',
    'info mingle: sync with 1 nodes',
    'info mingle: sync complete',
  ]);
  assert.ok(panel.log.lines.includes('info sync with new@host1'));
});

test('whoever hears nobody but himself is alone', async () => {
  const { revoked, lines, mingle } = newcomer(async () => ({ 'new@host1': null }));
  await mingle.done;
  assert.deepEqual(revoked, ['mine']);
  assert.deepEqual(lines, ['info mingle: searching for neighbors', 'info mingle: all alone']);
});

test('neighbors that answer nonsense do no harm', async () => {
  const { revoked, clock, lines, mingle } = newcomer(async () => ({
    'a@h': { error: "KeyError('hello')" },
    'b@h': 'what?',
    'c@h': { clock: 'late', revoked: ['x'] },
    'd@h': { clock: -5, revoked: { '': [1, ''], ['x'.repeat(5000)]: [1, 'x'], good: [1.5, 'good'] } },
    'e@h': null,
  }));
  await mingle.done;
  assert.deepEqual(revoked, ['mine', 'good']);
  assert.ok(clock.value < 10);
  assert.equal(lines.filter((line) => line.startsWith('warn')).length, 2);
  assert.ok(lines.includes('info mingle: sync with 4 nodes'));
});

test('a broker that is away is said, and the worker goes on', async () => {
  const { lines, mingle } = newcomer(() => Promise.reject(new Error('away')));
  await mingle.done;
  assert.deepEqual(lines.at(-1), 'warn mingle: cannot ask the neighbors');
});

test('answers that come after the stop change nothing', async () => {
  const answers = Promise.withResolvers<Answers>();
  const { revoked, lines, mingle } = newcomer(() => answers.promise);
  mingle.stop();
  answers.resolve({ [HOSTNAME]: { clock: 9, revoked: { theirs: [1.5, 'theirs'] } } });
  await mingle.done;
  assert.deepEqual(revoked, ['mine']);
  assert.deepEqual(lines, ['info mingle: searching for neighbors']);
});

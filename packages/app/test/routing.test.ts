import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueNotFound } from '@lovage/app';
import { setUp } from './sending-app.ts';

test('precedence: call over task over route over default', async () => {
  const { app, sent } = setUp({
    taskRoutes: { 't.*': { queue: 'routed', priority: 2 } },
    taskDefaultPriority: 1,
  });
  const plain = app.task('t.plain', () => 1);
  const own = app.task({ name: 't.own', queue: 'own', priority: 5 }, () => 1);
  const elsewhere = app.task('u.plain', () => 1);
  await elsewhere.delay();
  assert.deepEqual([sent().queue, sent().envelope.priority], ['celery', 1]);
  await plain.delay();
  assert.deepEqual([sent().queue, sent().envelope.priority], ['routed', 2]);
  await own.delay();
  assert.deepEqual([sent().queue, sent().envelope.priority], ['own', 5]);
  await own.applyAsync([], { queue: 'called', priority: 9 });
  assert.deepEqual([sent().queue, sent().envelope.priority], ['called', 9]);
});

test('routes: exact names, globs, regular expressions and functions; the first that answers counts', async () => {
  const { app, sent } = setUp({
    taskRoutes: [
      (name, args) => (name === 'f.big' && (args[0] as number) > 10 ? 'big' : null),
      new Map<string | RegExp, string>([
        [/^re\.\d+$/g, 'regexp'],
        ['exact.one', 'exact'],
      ]),
      ['pair.*', 'pair'],
      { 'exact.*': 'glob', 'f.*': { queue: 'small' }, 'set.[ab]': 'set' },
    ],
  });
  const where = async (name: string, ...args: unknown[]) => {
    await app.sendTask(name, { args });
    return sent().queue;
  };
  assert.equal(await where('f.big', 11), 'big');
  assert.equal(await where('f.big', 9), 'small');
  assert.equal(await where('re.12'), 'regexp');
  assert.equal(await where('re.13'), 'regexp');
  assert.equal(await where('exact.one'), 'exact');
  assert.equal(await where('exact.two.three'), 'glob');
  assert.equal(await where('pair.x'), 'pair');
  assert.equal(await where('set.a'), 'set');
  assert.equal(await where('set.c'), 'celery');
});

test('a queue that does not exist is refused with the nearest name, when queues are not made', async () => {
  const { app } = setUp({ taskQueues: ['celery', 'mail', 'reports'], taskCreateMissingQueues: false });
  await assert.rejects(app.sendTask('t.x', { queue: 'report' }), (error: Error) => {
    assert.ok(error instanceof QueueNotFound);
    assert.match(error.message, /did you mean reports\?/);
    return true;
  });
});

test('a call from inside a task has it for a parent, and its root; priority only when that is asked for', async () => {
  for (const taskInheritParentPriority of [false, true]) {
    const { app, sent, headers } = setUp({ taskInheritParentPriority });
    const child = app.task('t.child', () => 1);
    const parent = app.task('t.parent', async () => void (await child.delay()));
    await parent.apply([], { taskId: 'p', rootId: 'r', priority: 6 });
    assert.deepEqual([headers().parentId, headers().rootId], ['p', 'r']);
    assert.equal(sent().envelope.priority, taskInheritParentPriority ? 6 : undefined);
  }
});

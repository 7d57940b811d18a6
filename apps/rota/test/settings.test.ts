/** Rota's table of settings, its schedule, and what its README says of its tasks. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { app } from '../src/app.ts';
import { schedule } from '../src/schedule.ts';
import { brokerUrl, settings } from '../src/settings.ts';

await app.importModules();
const ours = [...app.tasks.keys()].filter((name) => name.startsWith('tasks.')).sort();

test('the broker, and the results beside it', () => {
  const redis = {
    REDIS_HOST: 'redis.internal',
    REDIS_PORT: '6380',
    REDIS_PASSWORD: 'p@ss/word',
    REDIS_DB: '2',
  };
  assert.equal(brokerUrl(redis), 'redis://:p%40ss%2Fword@redis.internal:6380/2');
  assert.equal(brokerUrl({ REDIS_HOST: 'redis' }), 'redis://redis:6379/0');
  assert.equal(brokerUrl({ ...redis, CELERY_BROKER_URL: 'redis://other' }), 'redis://other');
  assert.equal(brokerUrl({}), 'sqlite:///.lovage/rota-queue.db');
  assert.equal(settings(redis).resultBackend, settings(redis).brokerUrl);
  assert.throws(
    () => brokerUrl({ REDIS_HOST: 'redis', REDIS_PORT: 'six' }),
    /REDIS_PORT is six: it must be a whole number/,
  );
});

test('the rest of the table', () => {
  const {
    acceptContent,
    taskSerializer,
    resultSerializer,
    timezone,
    taskTrackStarted,
    taskTimeLimit,
    workerPrefetchMultiplier,
    workerMaxTasksPerChild,
  } = app.conf;
  assert.deepEqual(
    [
      acceptContent,
      taskSerializer,
      resultSerializer,
      timezone,
      taskTrackStarted,
      taskTimeLimit,
      workerPrefetchMultiplier,
      workerMaxTasksPerChild,
    ],
    [['json'], 'json', 'json', 'UTC', true, 1800, 1, 1000],
  );
  assert.deepEqual(
    [settings({}).lovageLogLevel, settings({ NODE_ENV: 'production' }).lovageLogLevel],
    ['info', 'warn'],
  );
});

test('the schedule sends tasks that there are, at three and at four', () => {
  const entries = Object.values(schedule);
  for (const { task } of entries) assert.ok(ours.includes(task), task);
  const day = new Date('2026-11-21T00:00:00Z');
  const due = entries.map((entry) => entry.schedule.next(day)?.toISOString());
  assert.deepEqual(due, ['2026-11-21T03:00:00.000Z', '2026-11-21T04:00:00.000Z']);
});

test('the names of the tasks, and their retries', () => {
  const retriesOf = (name: string) => app.tasks.get(name)?.options.maxRetries;
  assert.equal(retriesOf('tasks.email_tasks.send_rota_generation_failure_email'), 3);
  assert.equal(retriesOf('tasks.shift_swap_tasks.send_swap_admin_notification'), 3);
  assert.equal(retriesOf('tasks.backup_tasks.daily_pg_dump_backup'), 3);
  assert.deepEqual(
    ours.filter((name) => name.startsWith('tasks.notification_tasks.')).map(retriesOf),
    [0, 0, 0, 0, 0, 0],
  );
  assert.equal(ours.filter((name) => name.startsWith('tasks.shift_swap_tasks.')).length, 5);
});

test("the README's table has every task, and each test that it names is there", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(tasks\.[a-z_.]+)` \|.*\| (.*) \|$/gm)];
  assert.deepEqual(rows.map(([, name]) => name).sort(), ours);
  for (const [, name, cell] of rows) {
    const tests = [...cell!.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
    assert.ok(tests.length > 0, `${name} names no test`);
    for (const [, title, path] of tests) {
      const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
      assert.ok(existsSync(file), path);
      assert.ok(readFileSync(file, 'utf8').includes(title!), `${path} has no test '${title}'`);
    }
  }
});

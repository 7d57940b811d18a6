import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { AppOptions } from '@lovage/app';
import { AlreadyRegistered, App, ImproperlyConfigured, sharedTask } from '@lovage/app';

const make = (options: AppOptions = {}) => new App('tasks', { environment: {}, ...options });

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lovage-tasks-'));
  // Files outside of the workspace find the package through the app that is handed to them.
  const source = (name: string) =>
    `globalThis.lovageTestApp.task('${name}', () => '${name}');\nexport const loaded = true;\n`;
  await mkdir(join(folder, 'shop', 'deep'), { recursive: true });
  await mkdir(join(folder, 'node_modules', 'other'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'shop', 'tasks.js'), source('shop.one'));
  await writeFile(join(folder, 'shop', 'deep', 'tasks.ts'), source('shop.deep.two'));
  await writeFile(join(folder, 'shop', 'other.js'), source('shop.other'));
  await writeFile(join(folder, 'node_modules', 'other', 'tasks.js'), source('never.found'));
  await writeFile(join(folder, 'again.js'), source('shop.one'));
});
after(() => rm(folder, { recursive: true }));

function handOver(app: App): void {
  (globalThis as { lovageTestApp?: App }).lovageTestApp = app;
}

test('a name must be full and dotted', () => {
  for (const name of ['add', '', '.add', 'shop.', 'shop..add', 'shop add.x', '1shop.add']) {
    assert.throws(
      () => make().task(name, () => 1),
      /needs its full, dotted name, as in 'shop\.mail\.send'/,
      name,
    );
  }
  for (const name of ['shop.add', 'shop.mail.send-now', '_x.y_2', 'läden.öffnen']) make().task(name, () => 1);
});

test('two definitions of one name are an error that names both files', async () => {
  const app = make();
  handOver(app);
  await app.autodiscoverTasks('shop/tasks.js', { cwd: folder }).importModules();
  await assert.rejects(app.autodiscoverTasks('again.js', { cwd: folder }).importModules(), (error: Error) => {
    assert.ok(error instanceof AlreadyRegistered);
    assert.match(
      error.message,
      /the task shop\.one is defined twice: in .*shop\/tasks\.js and in .*again\.js/,
    );
    return true;
  });
  app.task('t.here', () => 1);
  assert.throws(() => app.task('t.here', () => 1), /defined twice in .*tasks\.test\.ts$/);
});

test('options of the wrong type are refused at the definition, all at once', () => {
  const options = {
    name: 't.x',
    maxRetries: -1,
    autoretryFor: ['ValueError'],
    retryBackof: true,
    rateLimit: '10/y',
    exchange: 'shop',
    softTimeLimit: 5,
    timeLimit: 5,
    priority: 10,
    schema: {},
  };
  assert.throws(
    () => make().task(options as unknown as { readonly name: string }, () => 1),
    (error: Error) => {
      assert.ok(error instanceof ImproperlyConfigured);
      assert.match(error.message, /maxRetries must be a whole number from 0, or null/);
      assert.match(error.message, /autoretryFor must be a list of error classes/);
      assert.match(error.message, /retryBackof is no option of a task; did you mean retryBackoff\?/);
      assert.match(error.message, /rateLimit must be a number a second, or a text such as '10\/s'/);
      assert.match(error.message, /exchange is not acted upon: exchanges come with RabbitMQ/);
      assert.match(error.message, /softTimeLimit \(5 s\) must be less than timeLimit/);
      assert.match(error.message, /priority must be/);
      assert.match(error.message, /schema must be/);
      return true;
    },
  );
  assert.throws(() => make().task('t.x', 5 as never), /task t\.x needs a function/);
});

test("defaults are Celery's, then the settings', then the task's own, then taskAnnotations'", () => {
  const app = make({
    taskAcksLate: true,
    taskAnnotations: [{ '*': { max_retries: 7, retryBackoff: true } }, { 't.own': { maxRetries: 9 } }],
  });
  const plain = app.task('t.plain', () => 1).options;
  assert.equal(plain.acksLate, true);
  assert.equal(plain.maxRetries, 7);
  assert.equal(plain.defaultRetryDelay, 180);
  assert.equal(plain.retryBackoffMax, 600);
  assert.equal(plain.retryJitter, true);
  const own = app.task(
    { name: 't.own', acksLate: false, maxRetries: null, timeLimit: null },
    () => 1,
  ).options;
  assert.equal(own.acksLate, false);
  assert.equal(own.maxRetries, 9);
  assert.equal(own.timeLimit, undefined);
  const wrong = make({ taskAnnotations: { 't.x': { retries: 3 } } }).task('t.x', () => 1);
  assert.throws(() => wrong.options, /task t\.x \(taskAnnotations\): retries is no option/);
});

test('autodiscoverTasks imports modules called tasks, globs and single files, and nothing of node_modules', async () => {
  const discover = async (patterns?: string | string[]) => {
    const app = make();
    handOver(app);
    const files = await app.autodiscoverTasks(patterns, { cwd: folder }).importModules();
    return files.map((file) => file.slice(folder.length + 1));
  };
  assert.deepEqual(await discover(), ['shop/deep/tasks.ts', 'shop/tasks.js']);
  assert.deepEqual(await discover('shop'), ['shop/deep/tasks.ts', 'shop/tasks.js']);
  assert.deepEqual(await discover('*/other.{js,ts}'), ['shop/other.js']);
  await assert.rejects(discover('nowhere.js'), /there is no file or folder .*nowhere\.js/);

  const lazy = make();
  handOver(lazy);
  lazy.autodiscoverTasks('../tasks.js', { from: pathToFileURL(join(folder, 'shop/deep/app.js')).href });
  assert.equal(lazy.tasks.has('shop.one'), false, 'not before it is asked for');
  assert.deepEqual(await lazy.importModules(), [join(folder, 'shop/tasks.js')]);
  assert.deepEqual(await lazy.importModules(), [], 'once');
});

test('a shared task belongs to every app, those made before and those made later', async () => {
  const early = make({ taskAlwaysEager: true });
  const double = sharedTask('lib.double', (n: number) => n * 2);
  assert.equal(early.tasks.get('lib.double')?.name, 'lib.double');
  assert.equal(await (await double.on(early).delay(4)).get(), 8);
  assert.throws(() => sharedTask('lib.double', () => 1), AlreadyRegistered);
  assert.throws(() => early.task('lib.double', () => 1), AlreadyRegistered);

  const later = make({ taskAlwaysEager: true });
  assert.ok(later.tasks.has('lib.double'));
  assert.throws(() => double.delay(4), /belongs to \d+ apps here \(.*\): say which, as in task\.on\(app\)/);

  const outer = later.task('t.outer', async () =>
    (await double.delay(5)).get({ disableSyncSubtasks: false }),
  );
  assert.equal(await (await outer.delay()).get(), 10);
});

test('what is said of when a task is due is kept as it was given, and annotations may say it too', () => {
  const app = make({ taskAnnotations: { 't.annotated': { schedule: 60 } } });
  const schedule = [{ name: 'hourly', schedule: { hours: 1 }, args: [1] }, 30];
  assert.equal(app.task({ name: 't.often', schedule }, (n?: number) => n).options.schedule, schedule);
  assert.equal(app.task('t.annotated', () => 1).options.schedule, 60);
  assert.equal(app.task('t.never', () => 1).options.schedule, undefined);
  for (const wrong of [0, -1, Number.NaN, 'hourly', [], [[30]], null]) {
    assert.throws(
      () => app.task({ name: 't.wrong', schedule: wrong as never }, () => 1),
      /schedule must be seconds, a schedule such as crontab/,
    );
  }
  assert.throws(
    () => app.errback({ name: 't.failed', schedule: 30 }, () => 1),
    /t\.failed is an error callback: it is called with a failure, which no schedule has/,
  );
});

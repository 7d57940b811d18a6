import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, createLogger } from '@lovage/app';
import { type BeatSchedule, clocked, crontab, readAppEntries, syncFromCode } from '@lovage/beat';
import { main } from '../src/main.ts';
import { intervalText } from '../src/schedule/interval-text.ts';
import { fromNow, zonedTime } from '../src/schedule/times.ts';
import { emptyStore } from './lovage.ts';

const CODE: BeatSchedule = {
  nightly: { task: 'shop.report', schedule: crontab({ hour: 2, minute: 30, timezone: 'Asia/Kathmandu' }) },
  often: { task: 'shop.tick', schedule: 30, args: [1], description: 'Ticks.' },
};

const log = createLogger({ level: 'silent', format: 'text', write: () => {} });

/** A store with the entries of some code in it, as a beat leaves them there. */
async function storeWith(...versions: BeatSchedule[]): Promise<string> {
  const store = emptyStore();
  for (const beatSchedule of versions) {
    await using app = new App('shop', {
      brokerUrl: store,
      beatSchedule: { ...beatSchedule },
      environment: {},
    });
    const { schedules } = await (await app.drivers()).periodic();
    const context = { app: app.name, log, now: Date.now, timezone: 'UTC' };
    await syncFromCode(schedules, readAppEntries(app), context);
  }
  return store;
}

/** `lovage schedule …` in this process, on such a store. */
function scheduleOn(t: import('node:test').TestContext, store: string) {
  const run = async (...args: string[]) => {
    const printed = { out: [] as string[], error: [] as string[] };
    const log = t.mock.method(console, 'log', (line: string) => void printed.out.push(line));
    const error = t.mock.method(console, 'error', (line: string) => void printed.error.push(line));
    try {
      const code = await main(['schedule', ...args, '-b', store]);
      return { code, out: printed.out.join('\n'), error: printed.error.join('\n') };
    } finally {
      log.mock.restore();
      error.mock.restore();
    }
  };
  const json = async (...args: string[]) => {
    const { code, out, error } = await run(...args, '--json');
    assert.equal(code, 0, error);
    return JSON.parse(out);
  };
  return { run, json };
}

test('list, show and next say what there is and when it is due, by the clock of each entry', async (t) => {
  const { run, json } = scheduleOn(t, await storeWith(CODE));
  const { out } = await run('list');
  assert.match(out, /^name +state +schedule +task +next +last +runs\n─+\n/);
  assert.match(
    out,
    /^nightly +enabled +crontab 30 2 \* \* \* \(m\/h\/dM\/MY\/d\), Asia\/Kathmandu +shop\.report +\S+ 02:30:00 \+05:45, in \d+h \d\dm +0$/m,
  );
  assert.match(out, /^often +enabled +every 30 s +shop\.tick +\S+ \S+ \+00:00, in \d/m);
  const all = await json('list');
  assert.deepEqual(
    all.map(({ name, state, origin, app, runs }: Record<string, unknown>) => [
      name,
      state,
      origin,
      app,
      runs,
    ]),
    [
      ['nightly', 'enabled', 'code', 'shop', 0],
      ['often', 'enabled', 'code', 'shop', 0],
    ],
  );
  assert.deepEqual(
    [all[1].schedule, all[1].timezone, all[1].lastSent],
    [{ type: 'interval', seconds: 30 }, 'UTC', null],
  );
  const one = (await run('show', 'often')).out;
  for (const line of [
    /^args +\[1\]$/m,
    /^description +Ticks\.$/m,
    /^from +the code of shop$/m,
    /^last sent +–$/m,
  ])
    assert.match(one, line);
  const dates = await json('next', 'nightly', '-n', '3');
  assert.equal(dates.length, 3);
  for (const date of dates) assert.match(date, /T20:45:00\.000Z$/);
  assert.match((await run('next', 'nightly', '-n', '1')).out, /^\S+ 02:30:00 \+05:45 {2}in \d+h \d\dm$/);
  assert.match((await scheduleOn(t, emptyStore()).run('list')).out, /^No periodic task is kept in sqlite:/);
});

test('create takes each way of saying when, and all parts of an entry', async (t) => {
  const { run, json } = scheduleOn(t, emptyStore());
  const made = await json(
    ...[
      'create',
      'full',
      '--task',
      'shop.report',
      '--crontab',
      '30 7 1-7 * mon',
      '--timezone',
      'Europe/Prague',
    ],
    ...[
      '-a',
      '[1, "b"]',
      '-k',
      '{"c": 2}',
      '--options',
      '{"headers": {"h": 1}}',
      '-Q',
      'slow',
      '--priority',
      '3',
    ],
    ...[
      '--one-off',
      '--start-time',
      '2030-01-01',
      '--expires',
      '2031-01-01T00:00:00+02:00',
      '--overlap',
      'skip',
    ],
    ...['--missed', 'skip', '--description', 'whole', '--disabled'],
  );
  assert.deepEqual(made.schedule, {
    ...{ type: 'crontab', minute: '30', hour: '7', dayOfMonth: '1-7', monthOfYear: '*', dayOfWeek: 'mon' },
    timezone: 'Europe/Prague',
  });
  const { task, args, kwargs, options, oneOff, overlap, missed, description, state, origin, next } = made;
  assert.deepEqual([task, args, kwargs], ['shop.report', [1, 'b'], { c: 2 }]);
  assert.deepEqual(options, { headers: { h: 1 }, queue: 'slow', priority: 3 });
  assert.deepEqual([oneOff, overlap, missed, description], [true, 'skip', 'skip', 'whole']);
  assert.deepEqual([made.startTime, made.expires], ['2030-01-01T00:00:00.000Z', '2030-12-31T22:00:00.000Z']);
  assert.deepEqual([state, origin, next], ['disabled', 'runtime', null]);

  const when = async (name: string, ...args: string[]) =>
    (await json('create', name, '--task', 'a.b', ...args)).schedule;
  assert.deepEqual(await when('every', '--every', '1h 30m'), { type: 'interval', seconds: 5400 });
  assert.deepEqual(await when('at', '--at', '2030-01-01T09:00+01:00'), {
    type: 'clocked',
    at: '2030-01-01T08:00:00.000Z',
  });
  assert.deepEqual(await when('sun', '--solar', 'sunset, 48.2, 16.4'), {
    ...{ type: 'solar', event: 'sunset', latitude: 48.2, longitude: 16.4 },
  });
  assert.match((await run('next', 'at')).out, /^2030-01-01 08:00:00 \+00:00 {2}in \d+d \d\dh$/);
});

test('update changes what is said and nothing else; enable, disable and delete are by name', async (t) => {
  const { run, json } = scheduleOn(t, await storeWith(CODE));
  await json('update', 'often', '--options', '{"expires": 60}');
  const changed = await json('update', 'often', '-Q', 'slow', '--every', '2 minutes');
  assert.deepEqual(changed.options, { expires: 60, queue: 'slow' });
  assert.deepEqual([changed.schedule.seconds, changed.args, changed.description], [120, [1], 'Ticks.']);
  const zoned = await json('update', 'nightly', '--timezone', 'Europe/Prague');
  assert.deepEqual([zoned.schedule.hour, zoned.schedule.timezone], ['2', 'Europe/Prague']);

  assert.equal((await run('disable', 'often', 'nightly')).out, 'often disabled.\nnightly disabled.');
  assert.deepEqual(
    (await json('list')).map(({ state }: { state: string }) => state),
    ['disabled', 'disabled'],
  );
  assert.deepEqual(await json('enable', 'often'), { enabled: ['often'] });
  const slip = await run('delete', 'nightly', 'oftn');
  assert.equal(slip.code, 1);
  assert.match(slip.error, /There is no periodic task 'oftn'; did you mean 'often'\?$/);
  assert.equal((await json('list')).length, 2, 'one slip deletes nothing');
  await run('delete', 'nightly');
  assert.deepEqual(
    (await json('list')).map(({ name }: { name: string }) => name),
    ['often'],
  );
});

test('run sends one now and says its id; its due times stay what they are', async (t) => {
  const store = await storeWith(CODE);
  const { run, json } = scheduleOn(t, store);
  const before = await json('show', 'nightly');
  const { code, out } = await run('run', 'nightly');
  assert.equal(code, 0);
  assert.match(out, /^[\da-f-]{36}$/);
  assert.deepEqual(await json('show', 'nightly'), before);
  await using app = new App('shop', { brokerUrl: store, environment: {} });
  const { broker } = await app.drivers();
  assert.equal((await broker.depth(['celery']))[0]!.ready, 1);
});

test('prune removes what has vanished from the code, once somebody said yes', async (t) => {
  const { often } = CODE;
  const { run, json } = scheduleOn(t, await storeWith(CODE, { often: often! }));
  assert.match((await run('list')).out, /^nightly +vanished /m);
  assert.match((await run('prune', '--json')).error, /--json asks nothing: add --force/);
  assert.deepEqual(await json('prune', '--force'), { pruned: ['nightly'] });
  assert.equal((await run('prune')).out, 'No periodic task has vanished from the code.');
  assert.deepEqual(
    (await json('list')).map(({ name }: { name: string }) => name),
    ['often'],
  );
});

test('what makes no sense is a sentence', async (t) => {
  const { run } = scheduleOn(t, await storeWith({ once: { task: 'a.b', schedule: clocked(new Date()) } }));
  const task = ['--task', 'a.b'];
  const faults: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
    [['create', 'x', ...task], 2, /When\? Give --every, --crontab, --solar or --at\./],
    [
      ['create', 'x', ...task, '--every', '5', '--at', '5'],
      2,
      /--every and --at say when in two ways: give one/,
    ],
    [['create', 'x', '--every', '5'], 2, /Which task\? Give --task\./],
    [['create', 'x', ...task, '--every', '5 fortnights'], 2, /seconds, or such as '10 minutes' or '1h 30m'/],
    [['create', 'x', ...task, '--crontab', '* * *'], 2, /five fields: minute, hour, day of month, month/],
    [['create', 'x', ...task, '--solar', 'sunset'], 2, /an event, a latitude and a longitude/],
    [
      ['create', 'x', ...task, '--every', '5', '--timezone', 'UTC'],
      2,
      /--timezone says whose clock a crontab means/,
    ],
    [['create', 'x', ...task, '--every', '5', '--overlap', 'never'], 2, /choices are allow, skip, replace/],
    [['create', 'x', ...task, '--crontab', '61 * * * *'], 1, /Crontab: minute/],
    [
      ['create', 'x', ...task, '--every', '5', '--options', '{"taskId": "1"}'],
      1,
      /options\.taskId is for one call/,
    ],
    [['create', 'once', ...task, '--every', '5'], 1, /There is a periodic task 'once' already/],
    [['update', 'once'], 2, /Nothing to change: give options\./],
    [['update', 'once', '--timezone', 'UTC'], 2, /--timezone says whose clock a crontab means/],
    [['show', 'oncee'], 1, /There is no periodic task 'oncee'; did you mean 'once'\?$/],
    [['next', 'nobody'], 1, /There is no periodic task 'nobody'\.$/],
  ];
  for (const [args, code, says] of faults) {
    const { error, ...ended } = await run(...args);
    assert.deepEqual([ended.code, ended.out], [code, ''], error);
    assert.match(error, says, args.join(' '));
  }
});

test('times are told by the clock of a zone, and from now', () => {
  const at = new Date('2026-07-01T00:30:00Z');
  assert.equal(zonedTime(at, 'UTC'), '2026-07-01 00:30:00 +00:00');
  assert.equal(zonedTime(at, 'America/St_Johns'), '2026-06-30 22:00:00 -02:30');
  assert.equal(fromNow(at, new Date('2026-06-30T23:00:00Z')), 'in 1h 30m');
  assert.equal(fromNow(at, new Date('2026-07-01T00:30:12Z')), '12s ago');
  assert.deepEqual(intervalText('90'), 90);
  assert.deepEqual(intervalText('2 days, 3 hrs 1min'), { days: 2, hours: 3, minutes: 1 });
  for (const wrong of ['', 'soon', '1h 1h', '5 lightyears', '1h and more'])
    assert.throws(() => intervalText(wrong), wrong);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { App } from '@lovage/app';
import {
  type BeatSchedule,
  crontab,
  decodeEntry,
  type EntryInput,
  encodeEntry,
  every,
  InvalidEntry,
  readBeatSchedule,
  readEntry,
  solar,
} from '../src/index.ts';

/** The schedules of the systems that this is built for, as their settings have them. */
const CLINIC: BeatSchedule = {
  'send-daily-summary': {
    task: 'clinic.tasks.send_daily_summary',
    schedule: crontab({ hour: 8, minute: 0 }),
  },
  'sync-every-hour': { task: 'clinic.tasks.sync_crm', schedule: crontab({ minute: 0 }) },
  'weekly-report': {
    task: 'clinic.tasks.weekly_report',
    schedule: crontab({ hour: 9, minute: 0, dayOfWeek: 1 }),
    args: ['weekly'],
    options: { queue: 'reports', priority: 3 },
  },
  'check-appointments': {
    task: 'clinic.tasks.check_appointments',
    schedule: 300.0,
    kwargs: { window_minutes: 15 },
    options: { expires: 240 },
  },
};
const ROTA: BeatSchedule = {
  'daily-pg-dump-backup': {
    task: 'tasks.backup_tasks.daily_pg_dump_backup',
    schedule: crontab({ hour: 3, minute: 0 }),
  },
  'cleanup-old-backups': {
    task: 'tasks.backup_tasks.cleanup_old_backups_task',
    schedule: crontab({ hour: 4, minute: 0 }),
  },
};
const DOORITO: BeatSchedule = {
  'cleanup-expired-upload-files': {
    task: 'portal.tasks.cleanup_expired_upload_files_task',
    schedule: crontab({ minute: 0, hour: '*/6' }),
  },
  'deliver-outbox-events': { task: 'common.tasks.deliver_outbox_events_task', schedule: { minutes: 5 } },
  'cleanup-delivered-outbox-events': {
    task: 'common.tasks.cleanup_delivered_outbox_events_task',
    schedule: crontab({ minute: 30, hour: '*/6' }),
    options: { queue: 'default' },
  },
  'notify-expiring-files': {
    task: 'portal.tasks.notify_expiring_files_task',
    schedule: crontab({ minute: 0 }),
  },
};

suite('beatSchedule', () => {
  test('of the clinic, the rota and the upload portal is read as it stands', () => {
    const read = [CLINIC, ROTA, DOORITO].flatMap((schedule) => readBeatSchedule(schedule));
    assert.deepEqual(
      read.map(({ name, schedule }) => [
        name,
        schedule.next(new Date('2026-11-21T12:00:00Z'))!.toISOString().slice(0, 16),
      ]),
      [
        ['send-daily-summary', '2026-11-22T08:00'],
        ['sync-every-hour', '2026-11-21T13:00'],
        ['weekly-report', '2026-11-23T09:00'],
        ['check-appointments', '2026-11-21T12:05'],
        ['daily-pg-dump-backup', '2026-11-22T03:00'],
        ['cleanup-old-backups', '2026-11-22T04:00'],
        ['cleanup-expired-upload-files', '2026-11-21T18:00'],
        ['deliver-outbox-events', '2026-11-21T12:05'],
        ['cleanup-delivered-outbox-events', '2026-11-21T12:30'],
        ['notify-expiring-files', '2026-11-21T13:00'],
      ],
    );
    assert.deepEqual(read[2]!.args, ['weekly']);
    assert.deepEqual(read[2]!.options, { queue: 'reports', priority: 3 });
    assert.deepEqual(read[3]!.kwargs, { window_minutes: 15 });
  });

  test('may be JSON, in the words of Python', () => {
    const [entry] = readBeatSchedule(
      JSON.parse(`{ "nightly": { "task": "a.b", "schedule": { "type": "crontab", "minute": "0", "hour": "2" },
        "one_off": true, "start_time": "2026-12-01T00:00:00Z", "args": null,
        "options": { "queue": "q", "ignore_result": true, "soft_time_limit": 5, "headers": null } } }`),
    );
    assert.equal(entry!.oneOff, true);
    assert.equal(entry!.startTime!.toISOString(), '2026-12-01T00:00:00.000Z');
    assert.deepEqual(
      [entry!.args, entry!.options],
      [[], { queue: 'q', ignoreResult: true, softTimeLimit: 5 }],
    );
  });

  test('is refused as a whole, with every problem of every entry on a line', () => {
    const refused = () =>
      readBeatSchedule({
        good: { task: 'a', schedule: 5 },
        bad: { task: '', schedule: 'noon', shedule: 5 },
        worse: { task: 'a', schedule: 5, options: { priority: 12, queu: 'x' } },
        worst: 5,
      });
    assert.throws(refused, {
      name: 'ImproperlyConfigured',
      message: [
        'beatSchedule "bad": shedule is no part of an entry; did you mean schedule?',
        'beatSchedule "bad": task must be the name of a task, not ""',
        'beatSchedule "bad": "noon" is no schedule; give seconds, { hours: 6 }, crontab({ … }), solar(…) or clocked(…)',
        'beatSchedule "worse": options: priority must be a whole number from 0 to 9',
        'beatSchedule "worse": options: queu is no option of a call; did you mean queue?',
        `beatSchedule "worst": it is 5; give { task: 'name', schedule: … }`,
      ].join('\n'),
    });
    assert.throws(
      () => readBeatSchedule([{ task: 'a', schedule: 5 }]),
      /beatSchedule must be an object of entries by name/,
    );
  });
});

suite('an entry', () => {
  test('says what is left unsaid', () => {
    assert.deepEqual(
      { ...readEntry('e', { task: 'a.b', schedule: 30 }), schedule: undefined },
      {
        ...{ name: 'e', task: 'a.b', schedule: undefined, args: [], kwargs: {}, options: {}, enabled: true },
        ...{ oneOff: false, startTime: undefined, expires: undefined, overlap: 'allow', missed: 'run-once' },
        description: '',
      },
    );
  });

  test('takes the task itself, and signatures to follow', () => {
    const app = new App('shop', { brokerUrl: 'memory://' });
    const add = app.task('shop.add', (x: number, y: number) => x + y);
    const entry = readEntry('e', { task: add, schedule: 30, args: [1, 2], options: { link: add.s(5) } });
    assert.equal(entry.task, 'shop.add');
    assert.equal((entry.options.link as { task: string }).task, 'shop.add');
    assert.deepEqual(
      decodeEntry('e', encodeEntry(entry), true).options,
      JSON.parse(JSON.stringify(entry.options)),
    );
  });

  test('does not change with what it was made of', () => {
    const args = [{ deep: [1] }];
    const entry = readEntry('e', { task: 'a', schedule: 5, args });
    args[0]!.deep.push(2);
    assert.deepEqual(entry.args, [{ deep: [1] }]);
  });

  test("may be relative, as Celery's interval", () => {
    const entry = readEntry('e', { task: 'a', schedule: { hours: 1 }, relative: true });
    assert.deepEqual(entry.schedule.toJSON(), { type: 'interval', seconds: 3600, relative: true });
  });

  test('is stored and comes back, with dates and bytes among its arguments', () => {
    const given: EntryInput = {
      task: 'a.b',
      schedule: solar('sunset', 50, 14),
      args: [1, 'zwölf', new Date(5), new Uint8Array([1, 2]), 2n ** 60n, [null]],
      kwargs: { deep: { list: [1.5] } },
      options: { queue: 'q', expires: 60, headers: { tenant: 'acme' } },
      oneOff: true,
      startTime: new Date('2026-12-01T00:00:00Z'),
      expires: '2027-12-01T00:00:00+01:00',
      overlap: 'skip',
      missed: 'run-all',
      description: 'why it is there',
    };
    const entry = readEntry('e', given);
    const again = decodeEntry('e', encodeEntry(entry), true);
    assert.deepEqual(
      { ...again, schedule: again.schedule.toJSON() },
      { ...entry, schedule: entry.schedule.toJSON() },
    );
    assert.equal(decodeEntry('e', encodeEntry(entry), false).enabled, false);
  });

  test('that is stored in another form is told so', () => {
    const stored = (text: string) => () => decodeEntry('e', Buffer.from(text), true);
    assert.throws(stored('{"form":2}'), {
      name: 'DecodeError',
      message: /'e' is stored in form 2; this version reads 1/,
    });
    assert.throws(stored('[]'), { name: 'DecodeError', message: /form undefined/ });
    assert.throws(stored('{'), { name: 'DecodeError' });
    assert.throws(stored('{"form":1,"task":"a"}'), {
      name: 'DecodeError',
      message: /entry "e": schedule is missing/,
    });
  });

  const refused: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ task: undefined }, /task must be the name of a task, not undefined/],
    [{ task: () => 5 }, /task must be the name of a task, not function/],
    [{ schedule: undefined }, /schedule is missing; give seconds, or crontab/],
    [{ schedule: 0 }, /interval 0 is 0 s; give more than 0/],
    [
      { schedule: crontab(), relative: true },
      /relative is for intervals, and the schedule is: crontab \* \* \* \* \*/,
    ],
    [{ relative: 1 }, /relative must be true or false, not 1/],
    [{ args: 'x' }, /args must be a list, not "x"/],
    [{ args: [() => 5] }, /args cannot be sent/],
    [{ kwargs: ['x'] }, /kwargs must be an object/],
    [{ kwargs: { x: Symbol('s') } }, /kwargs cannot be sent/],
    [{ options: 'q' }, /options must be an object such as/],
    [{ options: { eta: new Date() } }, /options.eta is for one call: the schedule says when/],
    [{ options: { task_id: 'x' } }, /options.taskId is for one call: each run has an id of its own/],
    [{ options: { expires: new Date() } }, /options.expires must be a number of seconds after each sending/],
    [{ options: { routing_key: 'x' } }, /options: routingKey is not acted upon/],
    [
      { options: { ignoreResult: true, ignore_result: true } },
      /options has ignoreResult twice, as ignore_result too/,
    ],
    [{ options: { headers: { x: () => 5 } } }, /options cannot be sent/],
    [{ enabled: 'yes' }, /enabled must be true or false, not "yes"/],
    [{ oneOff: 1, one_off: 1 }, /it has oneOff twice.*oneOff must be true or false, not 1/],
    [{ startTime: 'soon' }, /startTime cannot be "soon"; give a Date/],
    [{ expires: '2026-01-01T00:00' }, /expires "2026-01-01T00:00" names no offset/],
    [{ startTime: new Date(5), expires: new Date(5) }, /expires must be later than startTime/],
    [{ overlap: 'never' }, /overlap must be one of allow, skip, replace, not "never"/],
    [{ missed: 'all' }, /missed must be one of run-once, run-all, skip, not "all"/],
    [{ description: 5 }, /description must be a text of at most 10000 characters/],
    [JSON.parse('{"__proto__": {"task": "b"}}'), /__proto__ is no part of an entry|Proto/],
  ];
  for (const [parts, message] of refused) {
    test(`with ${Object.keys(parts)} ${String(message).slice(1, 30)}… is refused with the reason`, () => {
      assert.throws(
        () => readEntry('e', { task: 'a', schedule: 30, ...parts }),
        (error: Error) => {
          assert.ok(error instanceof InvalidEntry);
          assert.match(error.message, /^entry "e": /);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test('has a name that fits', () => {
    assert.throws(() => readEntry('', { task: 'a', schedule: 5 }), /its name must have 1 to 200 characters/);
    assert.throws(() => readEntry('x'.repeat(201), { task: 'a', schedule: every(5) }), InvalidEntry);
  });
});

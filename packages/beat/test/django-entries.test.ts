import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import {
  clocked,
  crontab,
  decodeDjangoEntry,
  type EntryInput,
  encodeDjangoEntry,
  every,
  InvalidEntry,
  readEntry,
  solar,
} from '../src/index.ts';

const ZONE = 'Europe/Prague';
const INTERVAL = { every: 10, period: 'seconds' };

/** The columns that an entry becomes. */
const columnsOf = (input: EntryInput): Record<string, unknown> =>
  JSON.parse(Buffer.from(encodeDjangoEntry(readEntry('e', input), ZONE)).toString());

/** What is read of columns; those that must be there have Django's defaults. */
const read = (columns: object, enabled = true) => {
  const defaults = { task: 't', args: '[]', kwargs: '{}', headers: '{}', one_off: false, description: '' };
  return decodeDjangoEntry('e', Buffer.from(JSON.stringify({ ...defaults, ...columns })), enabled);
};

suite('an entry in the tables of django-celery-beat', () => {
  test('each part has its column', () => {
    assert.deepEqual(
      columnsOf({
        task: 'shop.report',
        schedule: crontab({ minute: 30, hour: 7 }),
        args: [1, 'é☃'],
        kwargs: { to: 'ada' },
        options: { queue: 'reports', priority: 3, headers: { why: 'x' }, expires: 60 },
        startTime: '2026-12-01T00:00:00+01:00',
        description: 'Every morning',
      }),
      {
        task: 'shop.report',
        args: '[1,"é☃"]',
        kwargs: '{"to":"ada"}',
        queue: 'reports',
        priority: 3,
        headers: '{"why":"x"}',
        expire_seconds: 60,
        one_off: false,
        start_time: '2026-11-30T23:00:00.000Z',
        description: 'Every morning',
        crontab: {
          ...{ minute: '30', hour: '7', day_of_week: '*', day_of_month: '*', month_of_year: '*' },
          timezone: ZONE,
        },
      },
    );
    const { expires, one_off: oneOff } = columnsOf({
      task: 't',
      schedule: 1,
      expires: '2027-01-01T00:00:00Z',
      oneOff: true,
    });
    assert.deepEqual([expires, oneOff], ['2027-01-01T00:00:00.000Z', true]);
  });

  const inputs: readonly EntryInput[] = [
    { task: 't', schedule: 90 },
    { task: 't', schedule: 0.25, enabled: true, oneOff: true },
    { task: 't', schedule: crontab({ minute: '*/5', timezone: 'Asia/Kolkata' }), description: 'd' },
    { task: 't', schedule: solar('sunset', 50.08, -14.43), options: { headers: { a: [1] }, expires: 5 } },
    { task: 't', schedule: clocked('2026-12-24T18:00:00Z'), oneOff: true, args: [{ a: null }] },
    {
      task: 't',
      schedule: 5,
      startTime: new Date(5000),
      expires: new Date(9000),
      kwargs: { at: new Date(7) },
    },
  ];
  for (const [i, input] of inputs.entries()) {
    test(`what was written is read again (${i})`, () => {
      const entry = readEntry('e', input);
      const written = encodeDjangoEntry(entry, ZONE);
      const again = decodeDjangoEntry('e', written, true);
      assert.deepEqual(
        { ...again, schedule: again.schedule.toJSON() },
        { ...entry, schedule: entry.schedule.toJSON() },
      );
      assert.deepEqual(encodeDjangoEntry(again, ZONE), written);
    });
  }

  test('a clocked entry is one-off there, as Django demands', () => {
    assert.equal(columnsOf({ task: 't', schedule: clocked('2026-12-24T18:00:00Z') })['one_off'], true);
  });

  test('what the tables have no column for is refused, all of it at once', () => {
    const refused = (input: EntryInput, ...patterns: readonly RegExp[]) =>
      assert.throws(
        () => columnsOf(input),
        (error: unknown) => {
          assert.ok(error instanceof InvalidEntry, String(error));
          for (const pattern of patterns) assert.match(error.message, pattern);
          assert.equal(error.problems.length, patterns.length);
          return true;
        },
      );
    refused(
      { task: 't', schedule: 1, overlap: 'skip', missed: 'run-all', options: { compression: 'zlib' } },
      /overlap is "skip", and django-celery-beat's tables have no column/,
      /missed is "run-all"/,
      /options\.compression is given/,
    );
    refused({ task: 't', schedule: every(60, { relative: true }) }, /know no relative/);
    refused(
      { task: 't', schedule: 1, options: { expires: 1.5 } },
      /options\.expires is 1\.5; .*whole seconds/,
    );
    refused(
      { task: 'x'.repeat(201), schedule: 1, options: { queue: 'q'.repeat(300) } },
      /task has 201 characters/,
      /options\.queue has 300 characters/,
    );
    refused(
      { task: 't', schedule: 1, expires: new Date(), options: { expires: 5 } },
      /expires and options\.expires are both given/,
    );
  });

  test('rows as Python and the admin write them', () => {
    const entry = read({
      ...{
        args: '[1, "\\u00e9"]',
        kwargs: '{"a": 1.5}',
        headers: '',
        queue: '',
        exchange: '',
        routing_key: '',
      },
      ...{ solar: { event: 'sunrise', latitude: '50.080000', longitude: '14.430000' }, expire_seconds: 3 },
      description: 'd'.repeat(20_000),
    });
    assert.deepEqual([entry.args, entry.kwargs, entry.options], [[1, 'é'], { a: 1.5 }, { expires: 3 }]);
    assert.equal(entry.schedule.type, 'solar');
    assert.deepEqual([entry.overlap, entry.missed, entry.enabled], ['allow', 'run-once', true]);
    assert.deepEqual(read({ interval: INTERVAL, args: '', kwargs: ' ' }, false).args, []);
    const same = { queue: 'q', exchange: 'q', routing_key: 'q' };
    assert.deepEqual(read({ interval: INTERVAL, ...same }).options, { queue: 'q' });
  });

  const nonsense: Readonly<Record<string, readonly [columns: object, says: RegExp]>> = {
    'no schedule': [{}, /no schedule is set; set one of interval, crontab, solar, clocked/],
    'two schedules': [
      { interval: INTERVAL, clocked: { clocked_time: '2026-12-24T18:00:00Z' } },
      /interval and clocked are both set/,
    ],
    'a bad crontab': [
      {
        crontab: {
          ...{ minute: '61', hour: '*', day_of_week: '*', day_of_month: '*', month_of_year: '*' },
          timezone: 'UTC',
        },
      },
      /crontab.*61/,
    ],
    'an unknown zone': [
      {
        crontab: {
          ...{ minute: '*', hour: '*', day_of_week: '*', day_of_month: '*', month_of_year: '*' },
          timezone: 'Mars/Base',
        },
      },
      /Mars\/Base/,
    ],
    'a period that is none': [{ interval: { every: 1, period: 'weeks' } }, /period "weeks"/],
    'an interval of nothing': [{ interval: { every: 0, period: 'days' } }, /more than 0/],
    'an unknown event': [{ solar: { event: 'noon', latitude: '1', longitude: '1' } }, /noon/],
    'args that are no JSON': [{ interval: INTERVAL, args: "['x']" }, /args is no JSON/],
    'args that are no list': [{ interval: INTERVAL, args: '{"a": 1}' }, /args must be a list/],
    'kwargs that are no object': [{ interval: INTERVAL, kwargs: '[1]' }, /kwargs must be an object/],
    'headers that are no object': [{ interval: INTERVAL, headers: '"x"' }, /headers must be a JSON object/],
    'a routing key': [
      { interval: INTERVAL, queue: 'q', routing_key: 'r.k' },
      /routing_key is 'r\.k'.*queue alone/,
    ],
    'a priority that no message has': [{ interval: INTERVAL, priority: 200 }, /priority must be .* 0 to 9/],
    'no task': [{ interval: INTERVAL, task: '' }, /task must be the name of a task/],
  };
  for (const [name, [columns, says]] of Object.entries(nonsense)) {
    test(`a row that makes no sense is told of: ${name}`, () => {
      assert.throws(
        () => read(columns),
        (error: unknown) => {
          assert.ok(error instanceof DecodeError, String(error));
          assert.match(error.message, /^entry "e": .* \(in the tables of django-celery-beat\)$/s);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }

  test('what is no document at all', () => {
    for (const text of ['[]', '{}', 'null', '"x"'])
      assert.throws(() => decodeDjangoEntry('e', Buffer.from(text), true), DecodeError);
    assert.throws(() => decodeDjangoEntry('e', Buffer.from('{'), true), DecodeError);
  });
});

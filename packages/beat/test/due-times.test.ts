import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clocked, crontab, type EntryInput, readEntry, solar } from '../src/index.ts';
import { dueTimes, MOST_AT_ONCE, nextDue, upcoming } from '../src/ticker/due-times.ts';
import { dueAfter, originOf } from '../src/ticker/origin.ts';

const at = (text: string): number => Date.parse(`2026-03-01T${text}Z`);
const show = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
const entryOf = (given: Partial<EntryInput>) => readEntry('e', { task: 'a.b', schedule: 10, ...given });

/** What is due at `now` for an entry that last ran, or was made, at noon. */
function due(given: Partial<EntryInput>, now: number, state: { since?: number; lastRun?: number } = {}) {
  const { since = at('12:00:00'), lastRun } = state;
  const plan = dueTimes(entryOf(given), { since, lastRun }, { now, missedAfterMs: 15_000 });
  return plan && { send: plan.send.map(show), upTo: show(plan.upTo), cut: plan.cut };
}

suite('what is due', () => {
  test('nothing before its time, and then that time, however late somebody looks', () => {
    assert.equal(due({}, at('12:00:09.999')), undefined);
    assert.deepEqual(due({}, at('12:00:10')), { send: ['12:00:10'], upTo: '12:00:10', cut: 0 });
    assert.deepEqual(due({}, at('12:00:19.999'))?.send, ['12:00:10']);
  });

  test('it counts from the last due time, or from a later change', () => {
    const lastRun = at('12:00:07');
    assert.deepEqual(due({}, at('12:00:18'), { lastRun })?.send, ['12:00:17']);
    assert.deepEqual(due({}, at('12:00:31'), { lastRun, since: at('12:00:20') })?.send, ['12:00:30']);
    assert.equal(due({}, at('12:00:29'), { lastRun, since: at('12:00:20') }), undefined);
  });

  test('what a takeover left is late, not missed: all of it is sent, whatever the entry says', () => {
    for (const missed of ['run-once', 'run-all', 'skip'] as const)
      assert.deepEqual(due({ schedule: 5, missed }, at('12:00:20'))?.send, [
        '12:00:05',
        '12:00:10',
        '12:00:15',
        '12:00:20',
      ]);
  });

  test('of what was missed: the last, or all, or none', () => {
    const now = at('12:01:04');
    assert.deepEqual(due({ schedule: 20 }, now), { send: ['12:01:00'], upTo: '12:01:00', cut: 0 });
    assert.deepEqual(due({ schedule: 20, missed: 'run-all' }, now)?.send, [
      '12:00:20',
      '12:00:40',
      '12:01:00',
    ]);
    assert.deepEqual(due({ schedule: 20, missed: 'skip' }, at('12:01:19')), {
      send: [],
      upTo: '12:01:00',
      cut: 0,
    });
  });

  test('skip leaves out what was missed, and not what is only late', () => {
    assert.deepEqual(due({ schedule: 20, missed: 'skip' }, at('12:01:04'))?.send, ['12:01:00']);
  });

  test(`all means ${MOST_AT_ONCE} at most, the last of them, and it is known how many were cut`, () => {
    const plan = due({ schedule: 1, missed: 'run-all' }, at('12:30:00'))!;
    assert.equal(plan.send.length, MOST_AT_ONCE);
    assert.deepEqual([plan.send.at(-1), plan.cut], ['12:30:00', 800]);
  });

  test('one only where more would overlap, or it is to run once', () => {
    const now = at('12:00:14');
    assert.deepEqual(due({ schedule: 5, overlap: 'skip' }, now)?.send, ['12:00:10']);
    assert.deepEqual(due({ schedule: 5, overlap: 'replace', missed: 'run-all' }, at('12:05:00'))?.send, [
      '12:05:00',
    ]);
    assert.deepEqual(due({ schedule: 5, oneOff: true }, now)?.send, ['12:00:10']);
  });

  test('a year of missed minutes is found without walking through it', () => {
    const since = at('12:00:00') - 365 * 86_400_000;
    const started = performance.now();
    for (let i = 0; i < 200; i += 1)
      assert.deepEqual(due({ schedule: crontab() }, at('12:00:30'), { since })?.send, ['12:00:00']);
    // 200 walks through a year would take a minute.
    assert.ok(performance.now() - started < 20_000);
  });

  test('a moment that has passed is still due, once', () => {
    const given = { schedule: clocked('2020-01-01T00:00:00Z') };
    assert.deepEqual(due(given, at('12:00:00'))?.send, ['00:00:00']);
    assert.equal(due(given, at('12:00:00'), { lastRun: Date.parse('2020-01-01T00:00:00Z') }), undefined);
    assert.deepEqual(due({ ...given, missed: 'skip' }, at('12:00:00'))?.send, []);
  });

  test('not before startTime, at which an interval is due', () => {
    const given = { schedule: 7, startTime: '2026-03-01T12:00:20Z' };
    assert.equal(due(given, at('12:00:19.999')), undefined);
    assert.deepEqual(due(given, at('12:00:28'))?.send, ['12:00:20', '12:00:27']);
    assert.deepEqual(due(given, at('12:00:28'), { lastRun: at('12:00:20') })?.send, ['12:00:27']);
    const minutes = { schedule: crontab(), startTime: '2026-03-01T12:02:00Z' };
    assert.deepEqual(due(minutes, at('12:02:01'))?.send, ['12:02:00']);
  });

  test('not from expires on', () => {
    const given = { schedule: 10, expires: '2026-03-01T12:00:20Z', missed: 'run-all' } as const;
    assert.deepEqual(due(given, at('13:00:00')), { send: ['12:00:10'], upTo: '12:00:10', cut: 0 });
    assert.equal(due(given, at('13:00:00'), { lastRun: at('12:00:10') }), undefined);
  });

  test('the sun is looked for backwards too', () => {
    const schedule = solar('sunset', 50.08, 14.43);
    const since = at('12:00:00') - 40 * 86_400_000;
    const once = dueTimes(
      entryOf({ schedule }),
      { since, lastRun: undefined },
      {
        now: at('12:00:00'),
        missedAfterMs: 15_000,
      },
    )!;
    assert.deepEqual([new Date(once.send[0]!)], [schedule.next(new Date(at('12:00:00') - 86_400_000))]);
  });

  test('a night on which the clock is changed is as the schedule has it: once per date', () => {
    const entry = entryOf({
      schedule: crontab({ minute: 30, hour: 2, timezone: 'Europe/Prague' }),
      missed: 'run-all',
    });
    const since = Date.parse('2026-03-27T12:00:00Z');
    const now = Date.parse('2026-03-31T12:00:00Z');
    const plan = dueTimes(entry, { since, lastRun: undefined }, { now, missedAfterMs: 15_000 })!;
    assert.deepEqual(
      plan.send.map((ms) => new Date(ms).toISOString()),
      ['28T01:30', '29T01:30', '30T00:30', '31T00:30'].map((day) => `2026-03-${day}:00.000Z`),
    );
  });

  test('as a walk through all of them says, for entries of every kind', () => {
    const schedules = [
      3,
      1.7,
      crontab(),
      crontab({ minute: '*/7' }),
      crontab({ minute: '5,50', hour: '11-12' }),
    ];
    for (const schedule of schedules)
      for (const [minutes, missed] of [
        [0.1, 'run-all'],
        [3, 'run-all'],
        [90, 'run-all'],
        [90, 'run-once'],
        [3000, 'run-once'],
      ] as const) {
        const entry = entryOf({ schedule, missed });
        const now = at('12:34:56.789');
        const state = { since: now - minutes * 60_000, lastRun: undefined };
        const all: number[] = [];
        const { after, counted } = originOf(entry, state);
        for (let next = dueAfter(entry, { after, counted }); next !== undefined && next <= now; ) {
          all.push(next);
          next = dueAfter(entry, { after: next, counted });
        }
        const plan = dueTimes(entry, state, { now, missedAfterMs: 15_000 });
        const late = all.length > 0 && all[0]! >= now - 15_000;
        const expected = missed === 'run-all' || late ? all.slice(-MOST_AT_ONCE) : all.slice(-1);
        assert.deepEqual(plan?.send ?? [], expected, `${entry.schedule} ${minutes}`);
        if (plan && missed === 'run-all') assert.equal(plan.cut, all.length - expected.length);
      }
  });
});

suite('what comes next', () => {
  const state = { since: at('12:00:00'), lastRun: undefined };

  test('is the first due time, though it has passed', () => {
    assert.equal(show(nextDue(entryOf({}), state)!), '12:00:10');
    assert.equal(
      nextDue(entryOf({ schedule: clocked('2020-01-01T00:00:00Z') }), { ...state, lastRun: at('12:00:00') }),
      undefined,
    );
  });

  test('are as many as are asked for, from now on', () => {
    const dates = upcoming(entryOf({}), state, at('12:00:34'), 3);
    assert.deepEqual(
      dates.map((date) => show(date.getTime())),
      ['12:00:40', '12:00:50', '12:01:00'],
    );
    assert.equal(upcoming(entryOf({ expires: '2026-03-01T12:00:45Z' }), state, at('12:00:34'), 3).length, 1);
  });
});

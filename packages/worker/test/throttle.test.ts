import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RateLimit } from '@lovage/app';
import { RateLimits } from '../src/rate-limits/rate-limits.ts';
import { Throttle } from '../src/rate-limits/throttle.ts';
import { randomFrom, type SimulatedTask, SimulatedTime, SimulatedWorkers, taskOf } from './throttle-world.ts';

/** A throttle, and what it said. */
function scene(own: Readonly<Record<string, RateLimit>>, room?: number) {
  const time = new SimulatedTime();
  const ready: string[] = [];
  const parked = new Map<string, number>();
  const throttle = new Throttle<SimulatedTask>({
    limits: new RateLimits({ own: (task) => own[task] }),
    time,
    ready: ({ headers }) => ready.push(headers.id),
    park: ({ headers }, untilMs) => parked.set(headers.id, untilMs - time.now()),
    ...(room === undefined ? {} : { room }),
  });
  const admit = (task: string, ...ids: readonly (number | string)[]) =>
    ids.map((id) => throttle.admit(taskOf(task, id)));
  return { time, throttle, ready, parked, admit };
}

describe('throttle: one task after the other', () => {
  test('the first starts now, the next wait here for their turns, in order', () => {
    const { time, throttle, ready, admit } = scene({ slow: '10/s' });
    assert.deepEqual(admit('slow', 1, 2, 3), ['now', 'held', 'held']);
    assert.deepEqual(
      throttle.held().map(({ headers }) => headers.id),
      ['2', '3'],
    );
    time.pass(99);
    assert.deepEqual(ready, []);
    time.pass(1);
    assert.deepEqual(ready, ['2']);
    time.pass(100);
    assert.deepEqual(ready, ['2', '3']);
    assert.deepEqual(throttle.held(), []);
    assert.equal(time.pending, 0);
    time.pass(100);
    assert.deepEqual(admit('slow', 4), ['now']);
  });

  test('those of a further second go back to the broker, and come back before their turn', () => {
    const { parked, admit } = scene({ slow: '10/s' });
    const ids = Array.from({ length: 30 }, (_, i) => i);
    const answers = admit('slow', ...ids);
    assert.deepEqual(answers.slice(0, 11), ['now', ...new Array(10).fill('held')]);
    assert.deepEqual(new Set(answers.slice(11)), new Set(['parked']));
    // The twentieth starts after 1.9 s, the last after 2.9.
    assert.deepEqual([parked.get('19'), parked.get('29')], [1400, 2400]);
  });

  test('tasks without a limit, and those of other names, are not held up', () => {
    const { admit } = scene({ slow: '1/h', other: '1/h' });
    assert.deepEqual(admit('slow', 1, 2), ['now', 'held']);
    assert.deepEqual(admit('other', 3), ['now']);
    assert.deepEqual(admit('free', 4, 5, 6), ['now', 'now', 'now']);
  });

  test('one that comes back keeps its place; one that comes new goes behind those that wait', () => {
    const { time, parked, admit } = scene({ slow: '10/m' });
    admit('slow', 'a', 'b', 'c', 'd', 'e');
    assert.deepEqual(admit('slow', 'f', 'g'), ['parked', 'parked']);
    // f starts after 30 s and comes back two turns before.
    assert.deepEqual([parked.get('f'), parked.get('g')], [18_000, 24_000]);
    time.pass(13_000);
    assert.deepEqual(admit('slow', 'f'), ['held']);
    time.pass(5000);
    // b, c and d have started: after e and f, g is next.
    assert.deepEqual(admit('slow', 'g'), ['held']);
    time.pass(1000);
    assert.deepEqual(admit('slow', 'h', 'i'), ['held', 'parked']);
  });

  test('those who do not come back hold up nobody', () => {
    const { time, admit } = scene({ slow: '10/s' });
    admit('slow', ...Array.from({ length: 30 }, (_, i) => i));
    time.pass(10_000);
    const ids = Array.from({ length: 12 }, (_, i) => `later ${i}`);
    assert.deepEqual(admit('slow', ...ids), ['now', ...new Array(10).fill('held'), 'parked']);
  });

  test('what expires while it waits comes back then, to be discarded', () => {
    const { time, throttle, parked, admit } = scene({ slow: '1/h' });
    admit('slow', 1, 2, 3, 4, 5);
    const expires = time.now() + 10_000;
    assert.equal(throttle.admit(taskOf('slow', 6, expires)), 'parked');
    assert.equal(parked.get('6'), 10_001);
  });

  test('nobody is sent away for longer than a minute, and they do not come back all at once', () => {
    const { parked, admit } = scene({ slow: '60/h' });
    admit('slow', ...Array.from({ length: 1000 }, (_, i) => i));
    const waits = [...parked.values()];
    assert.ok(Math.max(...waits) <= 60_000);
    const bySecond = [...Map.groupBy(waits, (ms) => Math.floor(ms / 1000)).values()];
    const most = Math.max(...bySecond.map(({ length }) => length));
    assert.ok(most < 40, `${most} come back within a second`);
  });

  test('no more wait here than there is room for', () => {
    const { throttle, admit } = scene({ slow: '1000/s', other: '1000/s' }, 5);
    admit('slow', 1, 2, 3, 4);
    assert.deepEqual(admit('other', 5, 6, 7, 8), ['now', 'held', 'held', 'parked']);
    assert.equal(throttle.held().length, 5);
  });
});

describe('throttle: what people do to it', () => {
  test('a new limit counts at once, for those that wait too', () => {
    const { time, throttle, ready, admit } = scene({ slow: '1/h' });
    admit('slow', 1, 2, 3);
    throttle.setLimit('slow', '1/s');
    assert.equal(throttle.limit('slow'), '1/s');
    time.pass(1000);
    assert.deepEqual(ready, ['2']);
    throttle.setLimit('slow', '1/m');
    time.pass(59_999);
    assert.deepEqual(ready, ['2']);
    time.pass(1);
    assert.deepEqual(ready, ['2', '3']);
  });

  test('a lifted limit lets all go that wait', () => {
    const { time, throttle, ready, admit } = scene({ slow: '1/h' });
    admit('slow', 1, 2, 3);
    throttle.setLimit('slow', 0);
    assert.deepEqual(ready, ['2', '3']);
    assert.deepEqual(admit('slow', 4, 5), ['now', 'now']);
    assert.equal(time.pending, 0);
    throttle.setLimit('slow', '1/h');
    assert.deepEqual(admit('slow', 6, 7), ['now', 'held']);
  });

  test('a limit that cannot be read changes nothing', () => {
    const { time, throttle, ready, admit } = scene({ slow: '1/s' });
    admit('slow', 1, 2);
    assert.throws(() => throttle.setLimit('slow', 'abc'), /could not convert string to float: 'abc'/);
    time.pass(1000);
    assert.deepEqual(ready, ['2']);
  });

  test('one that was let through and found no slot gives its token to the next', () => {
    const { time, throttle, ready, admit } = scene({ slow: '1/h' });
    const first = taskOf('slow', 1);
    assert.equal(throttle.admit(first), 'now');
    admit('slow', 2);
    time.pass(500);
    throttle.undo(first);
    assert.deepEqual(ready, ['2']);
  });

  test('stopped, it hands out what it holds and calls nobody any more', () => {
    const { time, throttle, ready, admit } = scene({ slow: '1/s', other: '1/s' });
    admit('slow', 1, 2);
    admit('other', 3, 4);
    const held = throttle.stop();
    assert.deepEqual(
      held.map(({ headers }) => headers.id),
      ['2', '4'],
    );
    assert.equal(time.pending, 0);
    time.pass(10_000);
    assert.deepEqual(ready, []);
  });

  test('a clock that is set back by a day delays the next by an interval, not by a day', () => {
    const { time, ready, admit } = scene({ slow: '1/s' });
    admit('slow', 1, 2);
    time.pass(500);
    time.jump(-86_400_000);
    time.pass(1500);
    assert.deepEqual(ready, ['2']);
  });
});

describe('throttle: many tasks', () => {
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => taskOf('limited', i));
  /** Timers that come up to 3 ms late. */
  const lateTime = () => {
    const random = randomFrom(3);
    return new SimulatedTime(() => Math.ceil(random() * 3));
  };

  for (const [limit, intervalMs] of [
    ['2000/s', 0.5],
    ['100/s', 10],
    ['10/s', 100],
    ['30/m', 2000],
    ['60/h', 60_000],
  ] as const) {
    test(`a worker alone keeps ${limit} to within a hundredth, and the order`, () => {
      const time = lateTime();
      const world = new SimulatedWorkers(time, { workers: 1, limit, random: randomFrom(1) });
      const span = Math.max(3000, 300 * intervalMs);
      const expected = span / intervalMs;
      world.publish(...numbered(expected + 100));
      time.pass(span);
      assert.ok(
        Math.abs(world.starts.length - expected) <= 1 + expected / 100,
        `${world.starts.length} started instead of ${expected}`,
      );
      // By a second at most: so exact are brokers.
      const few = Math.max(expected / 50, 1000 / intervalMs);
      const moved = world.starts.filter(({ id }, i) => Math.abs(Number(id) - i) > few);
      assert.deepEqual(moved, []);
      assert.ok(world.mostHeld <= Math.max(10, Math.min(1000, 1000 / intervalMs)), `${world.mostHeld} held`);
    });
  }

  test('no second has more than one start above the limit', () => {
    const time = lateTime();
    const world = new SimulatedWorkers(time, { workers: 1, limit: '10/s', random: randomFrom(1) });
    world.publish(...numbered(600));
    time.pass(60_000);
    for (const { atMs } of world.starts) assert.ok(world.between(atMs, atMs + 1000).length <= 11);
  });

  test('twice as many as the limit allows, coming all the time, start in their order', () => {
    const time = lateTime();
    const world = new SimulatedWorkers(time, { workers: 1, limit: '10/s', random: randomFrom(1) });
    for (const task of numbered(1200)) {
      world.publish(task);
      time.pass(50);
    }
    assert.ok(Math.abs(world.starts.length - 600) <= 6, `${world.starts.length} started`);
    assert.deepEqual(
      world.starts.map(({ id }) => Number(id)),
      world.starts.map((_, i) => i),
    );
    assert.ok(world.parks <= 1300, `${world.parks} trips to the broker`);
  });

  test('tasks without a limit behind thousands that wait start at once', () => {
    const time = new SimulatedTime();
    const world = new SimulatedWorkers(time, { workers: 1, limit: '1/m', random: randomFrom(1) });
    world.publish(...numbered(5000), ...Array.from({ length: 100 }, (_, i) => taskOf('free', i)));
    assert.equal(world.starts.filter(({ task }) => task === 'free').length, 100);
  });

  test('workers that share a queue each use nine tenths of their limit, and none exceeds it', () => {
    for (const [limit, intervalMs] of [
      ['10/s', 100],
      ['30/m', 2000],
    ] as const) {
      const time = lateTime();
      const world = new SimulatedWorkers(time, { workers: 4, limit, random: randomFrom(5) });
      world.publish(...numbered(4 * 400));
      const span = 200 * intervalMs;
      time.pass(span);
      const expected = (4 * span) / intervalMs;
      assert.ok(world.starts.length >= 0.9 * expected, `${world.starts.length} of ${expected}`);
      for (let worker = 0; worker < 4; worker += 1) {
        const own = world.starts.filter((start) => start.worker === worker);
        assert.ok(own.length <= span / intervalMs + 1);
      }
      time.pass(span * 3);
      assert.equal(new Set(world.starts.map(({ id }) => id)).size, 1600, 'every one started');
      assert.equal(world.starts.length, 1600, 'and started once');
    }
  });
});

test('with the real clock, the rate is right over a second', async (t: TestContext) => {
  const starts: number[] = [];
  const throttle = new Throttle<SimulatedTask>({
    limits: new RateLimits({ own: () => '200/s' }),
    ready: () => starts.push(performance.now()),
    park: () => assert.fail('there is room'),
  });
  t.after(() => throttle.stop());
  const count = 200;
  for (let i = 0; i <= count; i += 1) throttle.admit(taskOf('limited', i));
  const beganMs = performance.now();
  while (starts.length < count) await sleep(5);
  // Never faster. How much slower depends on this machine.
  assert.ok(starts.at(-1)! - beganMs >= 980, `${starts.at(-1)! - beganMs} ms`);
});

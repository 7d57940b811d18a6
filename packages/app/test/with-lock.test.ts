import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldLock } from '@lovage/app';
import { App, LockLost, LockNotAcquired } from '@lovage/app';
import type { DriverFactory, LockStore } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { driver as memory } from '@lovage/memory';
import { memoryLog } from './memory-log.ts';

/** An app on a store of its own, whose locks may be given faults. */
function scene(t: TestContext, faults: (real: LockStore) => Partial<LockStore> = () => ({})) {
  const url = `memory://locks-${crypto.randomUUID()}`;
  const faulty: DriverFactory = {
    schemes: ['memory'],
    create(at, options) {
      const driver = memory.create(at, options);
      const real = driver.locks!();
      const calls = { acquire: real.acquire, renew: real.renew, release: real.release, close: real.close };
      return Object.assign(Object.create(driver), { locks: () => ({ ...calls, ...faults(real) }) });
    },
  };
  const { logger, lines } = memoryLog();
  const app = new App('locks', { brokerUrl: url, environment: {}, drivers: [faulty], logger });
  t.after(() => app.close());
  return { app, lines };
}

const away = () => Promise.reject(new DriverError('unavailable', 'nobody listens'));

/** Resolves when the signal is aborted; rejects with its reason. */
const untilAborted = ({ signal }: HeldLock): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

suite('withLock', () => {
  test('one at a time: the next waits its turn, or is told at once', async (t) => {
    const { app } = scene(t);
    const order: string[] = [];
    const fences: number[] = [];
    const work = (name: string) => async (lock: HeldLock) => {
      fences.push(lock.fence);
      order.push(`${name} in`);
      await sleep(20);
      order.push(`${name} out`);
      return name;
    };
    const first = app.withLock('report', async (lock) => {
      await assert.rejects(app.withLock('report', work('impatient')), (error: LockNotAcquired) => {
        assert.ok(error instanceof LockNotAcquired);
        assert.equal(error.message, 'somebody else holds the lock report');
        return error.lockName === 'report';
      });
      assert.equal(await app.withLock('another', work('another')), 'another');
      return work('first')(lock);
    });
    const second = app.withLock('report', { wait: 10 }, work('second'));
    assert.deepEqual(await Promise.all([first, second]), ['first', 'second']);
    assert.deepEqual(order.slice(2), ['first in', 'first out', 'second in', 'second out']);
    assert.ok(fences[2]! > fences[1]!, `fences ${fences}`);
  });

  test('it waits no longer than was said', async (t) => {
    const { app } = scene(t);
    await app.withLock('report', () =>
      assert.rejects(
        app.withLock('report', { wait: 0.05 }, () => {}),
        /somebody else holds the lock report, and did so for 0.05 s/,
      ),
    );
  });

  test('it is held for longer than its ttl, and freed when the work throws', async (t) => {
    const renewals: number[] = [];
    const { app } = scene(t, (real) => ({
      renew: (lock, ttlMs) => {
        renewals.push(ttlMs);
        return real.renew(lock, ttlMs);
      },
    }));
    const broken = app.withLock('report', { ttl: 1 }, async ({ signal, assertHeld }) => {
      while (renewals.length < 4) await sleep(20);
      assertHeld();
      assert.equal(signal.aborted, false);
      throw new TypeError('the printer is on fire');
    });
    await assert.rejects(broken, { name: 'TypeError', message: 'the printer is on fire' });
    assert.equal(await app.withLock('report', () => 'free'), 'free');
  });

  test('whoever loses it is told by the signal, and in the end by an error', async (t) => {
    const { app } = scene(t, () => ({ renew: async () => false }));
    let seen: unknown;
    const lost = app.withLock('report', { ttl: 0.05 }, async (lock) => {
      await untilAborted(lock).catch((error) => {
        seen = error;
      });
      assert.throws(() => lock.assertHeld(), LockLost);
      return 'in vain';
    });
    await assert.rejects(lost, (error: LockLost) => error === seen && error instanceof LockLost);
    assert.match((seen as Error).message, /^lost the lock report \(fence \d+\): it lapsed/);
  });

  test('what the work throws after the loss is the cause', async (t) => {
    const { app } = scene(t, () => ({ renew: async () => false }));
    const lost = app.withLock('report', { ttl: 0.05 }, async (lock) => {
      await untilAborted(lock).catch(() => {});
      throw new Error('half a report');
    });
    await assert.rejects(lost, (error: LockLost) => {
      assert.ok(error instanceof LockLost);
      return (error.cause as Error).message === 'half a report';
    });
  });

  test('a store that is away for a moment costs nothing, one that stays away the lock', async (t) => {
    let failures = 2;
    const { app, lines } = scene(t, (real) => ({
      renew: (lock, ttlMs) => {
        failures -= 1;
        return failures >= 0 ? away() : real.renew(lock, ttlMs);
      },
    }));
    await app.withLock('report', { ttl: 3 }, async () => {
      while (failures >= 0) await sleep(10);
    });
    assert.ok(lines.some((line) => line.includes('cannot renew the lock report yet')));
    const { app: cut } = scene(t, () => ({ renew: away }));
    await assert.rejects(cut.withLock('report', { ttl: 0.1 }, untilAborted), /could not be renewed in time/);
  });

  test('a process too busy to renew has lost it', async (t) => {
    const { app } = scene(t);
    const busy = app.withLock('report', { ttl: 0.02 }, () => {
      for (const until = performance.now() + 30; performance.now() < until; );
      return 'too late';
    });
    await assert.rejects(busy, LockLost);
  });

  test('a lock that cannot be freed is left to lapse, and the work counts', async (t) => {
    const { app, lines } = scene(t, () => ({ release: away }));
    assert.equal(await app.withLock('report', { ttl: 5 }, () => 'done'), 'done');
    assert.ok(lines.some((line) => line.includes('cannot free the lock report: it lapses within 5 s')));
  });

  test('a signal ends the wait, and reaches the work', async (t) => {
    const { app } = scene(t);
    const stop = new AbortController();
    const working = app.withLock('report', { signal: stop.signal }, untilAborted);
    const waiting = app.withLock('report', { wait: Number.POSITIVE_INFINITY, signal: stop.signal }, () => {});
    stop.abort(new Error('enough'));
    await assert.rejects(working, /enough/);
    await assert.rejects(waiting, /enough/);
  });

  test('a store that is away is an OperationalError; wishes that make no sense an InvalidCall', async (t) => {
    const { app } = scene(t, () => ({ acquire: away }));
    await assert.rejects(
      app.withLock('report', () => {}),
      { name: 'OperationalError', message: 'cannot take the lock report: nobody listens' },
    );
    await assert.rejects(
      app.withLock('', { ttl: 0, wait: -1, patience: 3 } as object, () => {}),
      {
        name: 'InvalidCall',
        message:
          /1 to 512 characters; ttl is .*; wait is .*; patience is no option of a lock: there are ttl, wait, signal and owner/,
      },
    );
  });

  test('in a task the lock says who holds it, and stops with the task', async (t) => {
    let owner: string | undefined;
    const { app } = scene(t, (real) => ({
      acquire: (name, who, ttlMs) => {
        owner = who;
        return real.acquire(name, who, ttlMs);
      },
    }));
    const build = app.task({ name: 'locks.build', bind: true }, (self) =>
      self.withLock('report', ({ fence }) => fence),
    );
    const result = await build.apply([]);
    assert.equal(await result.get(), 1);
    assert.equal(owner, `locks.build[${result.id}]`);
  });
});

suite('where locks are kept', () => {
  const store = (fence: number): LockStore => ({
    acquire: async (name, owner) => ({ name, owner, fence }),
    renew: async () => true,
    release: async () => {},
    close: async () => {},
  });
  const driver = (scheme: string, fence?: number): DriverFactory => ({
    schemes: [scheme],
    create: () =>
      ({
        name: scheme,
        label: `${scheme}://`,
        broker: () => ({}),
        results: () => ({}),
        close: async () => {},
        ...(fence === undefined ? {} : { locks: () => store(fence) }),
      }) as never,
  });
  const fenceOf = (drivers: DriverFactory[], more: object = {}) =>
    new App('locks', {
      ...{ brokerUrl: 'one://', resultBackend: 'two://', environment: {}, drivers, ...more },
    }).withLock('a', ({ fence }) => fence);

  test('with the messages, else with the results, unless a store of their own is named', async () => {
    assert.equal(await fenceOf([driver('one', 1), driver('two', 2)]), 1);
    assert.equal(await fenceOf([driver('one'), driver('two', 2)]), 2);
    const three = { lovageLockUrl: 'three://' };
    assert.equal(await fenceOf([driver('one', 1), driver('two', 2), driver('three', 3)], three), 3);
  });

  test('nowhere is an error that says what to set', async () => {
    await assert.rejects(fenceOf([driver('one'), driver('two')]), {
      name: 'ImproperlyConfigured',
      message: /^neither one:\/\/ nor two:\/\/ can keep locks: set lovageLockUrl/,
    });
    const three = { lovageLockUrl: 'three://' };
    await assert.rejects(fenceOf([driver('one', 1), driver('two', 2), driver('three')], three), {
      message: 'lovageLockUrl: three:// cannot keep locks',
    });
  });
});

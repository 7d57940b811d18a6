import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readHttpAddress } from '@lovage/app';
import { type BrokerTrouble, BrokerWatch } from '../src/health/broker-watch.ts';
import type { HealthFacts, LoopFacts } from '../src/health/facts.ts';
import { notLive, notReady } from '../src/health/verdict.ts';
import { until } from './scene.ts';

const NOW = 1_000_000;
const AWAY: BrokerTrouble = { kind: 'away', text: 'the broker is away: connect ECONNREFUSED' };
const SILENT: BrokerTrouble = { kind: 'silent', text: 'the broker has not answered for 12 s' };

const running: HealthFacts = {
  hostname: 'w@h',
  phase: 'running',
  active: 0,
  loop: { waitsFor: 'messages', sinceMs: NOW - 9000 },
  leases: { held: 0, leaseMs: 30_000, roundMs: NOW - 9000 },
};
const waiting = (waitsFor: LoopFacts['waitsFor'], forMs: number): LoopFacts => ({
  waitsFor,
  sinceMs: NOW - forMs,
});

/** Whether it is live and ready, and why not. */
function judged(facts: Partial<HealthFacts>, broker?: BrokerTrouble) {
  const all = { ...running, ...facts };
  return { live: notLive(all, broker, NOW), ready: notReady(all, broker, NOW) };
}
const fine = { live: [], ready: [] };

describe('is a worker live, and ready?', () => {
  test('one that waits for messages is both, however long none come', () => {
    assert.deepEqual(judged({}), fine);
    assert.deepEqual(judged({ loop: waiting('messages', 24_000) }), fine);
  });

  test('one whose claim does not come back is neither, within 30 s', () => {
    const why = 'the consumer hangs: its claim has not come back for 26 s';
    assert.deepEqual(judged({ loop: waiting('messages', 26_000) }), { live: [why], ready: [why] });
    assert.deepEqual(judged({ loop: waiting('messages', 26_000) }, AWAY).live, [why]);
  });

  test('one that is full is both for as long as its tasks take; one that waits for a slot nobody has is neither', () => {
    assert.deepEqual(judged({ active: 4, loop: waiting('slot', 86_400_000) }), fine);
    const why = 'the consumer hangs: it waits for a slot for 26 s, but no task runs';
    assert.deepEqual(judged({ active: 0, loop: waiting('slot', 26_000) }).live, [why]);
  });

  test('a broker that is away makes it not ready, and leaves it live', () => {
    assert.deepEqual(judged({}, AWAY), { live: [], ready: [AWAY.text] });
    assert.deepEqual(judged({}, SILENT), { live: [], ready: [SILENT.text] });
    assert.deepEqual(judged({ loop: waiting('store', 600_000) }, AWAY).live, []);
  });

  test('what cannot be settled while the broker is there means that it hangs', () => {
    const why = 'the consumer hangs: what has ended has not been settled for 26 s';
    assert.deepEqual(judged({ loop: waiting('store', 26_000) }).live, [why]);
    // A driver that hangs is silent: that is no excuse.
    assert.deepEqual(judged({ loop: waiting('store', 26_000) }, SILENT).live, [why]);
  });

  test('leases that nobody renews mean that it hangs, where there are any', () => {
    const late = { leaseMs: 30_000, roundMs: NOW - 31_000 };
    assert.deepEqual(judged({ leases: { ...late, held: 2 } }).live, [
      'leases hang: 2 have not been renewed for 31 s',
    ]);
    assert.deepEqual(judged({ leases: { ...late, held: 0 } }), fine);
    assert.deepEqual(judged({ leases: { ...late, held: 2, leaseMs: 60_000 } }), fine);
  });

  test('one that starts or stops is live, and not ready', () => {
    const starting = { phase: 'starting', loop: undefined, leases: undefined } as const;
    assert.deepEqual(judged(starting), { live: [], ready: ['starting: it does not consume yet'] });
    const stopping = { phase: 'stopping', active: 1, loop: waiting('messages', 90_000) } as const;
    assert.deepEqual(judged(stopping), { live: [], ready: ['stopping: it takes no new tasks'] });
  });
});

describe('broker watch', () => {
  test('it tells when the broker goes away and comes back, without its passwords', async (t) => {
    let answer: () => Promise<unknown> = async () => 5;
    let asked = 0;
    const ask = () => {
      asked += 1;
      return answer();
    };
    const watch = new BrokerWatch({ ask, everyMs: 5 });
    t.after(() => watch.stop());
    watch.start();
    await until(() => asked > 1, 'it was asked again');
    assert.equal(watch.trouble === undefined, true);
    answer = () => Promise.reject(new Error('cannot reach redis://user:hunter2@host:6379'));
    await until(() => watch.trouble !== undefined, 'the trouble is seen');
    assert.equal(watch.trouble?.kind, 'away');
    assert.match(watch.trouble!.text, /^the broker is away: cannot reach redis:\/\/.*@host:6379/);
    assert.doesNotMatch(watch.trouble!.text, /hunter2/);
    answer = async () => 5;
    await until(() => watch.trouble === undefined, 'it is seen to be over');
  });

  test('a question that does not come back is asked once, and counts as silence', async (t) => {
    let asked = 0;
    const ask = () => {
      asked += 1;
      return new Promise(() => {});
    };
    const watch = new BrokerWatch({ ask, everyMs: 2, patienceMs: 30 });
    t.after(() => watch.stop());
    watch.start();
    await until(() => watch.trouble !== undefined, 'patience is over');
    assert.equal(watch.trouble?.kind, 'silent');
    assert.equal(asked, 1);
  });
});

test('an address is a host and a port', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['localhost:0', 'localhost', 0],
    ['[::1]:65535', '::1', 65_535],
  ] as const) {
    assert.deepEqual(readHttpAddress(text), { host, port });
  }
  for (const text of [
    '',
    '8080',
    ':8080',
    'host',
    'host:',
    'host:http',
    'host:70000',
    'http://h:1',
    '::1:80',
    'a:1/x',
    'u@h:1',
  ]) {
    assert.throws(() => readHttpAddress(text), {
      name: 'ImproperlyConfigured',
      message: `http must be a host and a port from 0 to 65535, as in 127.0.0.1:8080 or [::1]:8080, not '${text}'`,
    });
  }
});

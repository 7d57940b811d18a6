import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Peer } from '../python.ts';
import { python } from '../python.ts';

const skip = requireService('redis') || requireService('celery');

class Denied extends Error {
  readonly args: readonly unknown[];
  constructor(who: string, why: string) {
    super(`${who}: ${why}`);
    this.args = [who, why];
  }
}

/** What Python's caller sees of a task. */
interface Outcome {
  readonly value?: unknown;
  readonly state: string;
  readonly type?: string;
  readonly module?: string;
  readonly text?: string;
  readonly args?: readonly string[];
  readonly traceback?: string;
}

describe('a Python client calls tasks that run here', { skip, timeout: 120_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let app: Lovage;
  let worker: Awaited<ReturnType<Lovage['worker']>>;
  let peer: Peer;
  const order: number[] = [];

  before(async () => {
    redis = await startRedis();
    peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1) };
    app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      taskAcksLate: true,
      // Tasks fail on purpose here: their lines would only hide what matters.
      lovageLogLevel: 'silent',
    });
    app.task('ts.add', (x: number, y: number) => x + y);
    app.task('ts.echo', (...args: (string | number | boolean | null)[]) => args);
    app.task({ name: 'ts.named', params: ['email', 'url'] }, (email: string, url: string) => ({
      email,
      url,
    }));
    app.task('ts.fail', (text: string): number => {
      throw new TypeError(text);
    });
    app.task('ts.denied', (who: string, why: string): number => {
      throw new Denied(who, why);
    });
    app.task({ name: 'ts.flaky', bind: true, maxRetries: 3 }, (self, failures: number) => {
      const { retries, id, rootId } = self.request;
      if (retries < failures) self.retry({ exc: new Error(`attempt ${retries}`), countdown: 0.1 });
      return { retries, same: id === rootId };
    });
    app.task({ name: 'ts.progress', bind: true }, async (self, total: number) => {
      for (let current = 1; current <= total; current += 1) {
        self.updateState('PROGRESS', { current, total });
        await sleep(120);
      }
      return total;
    });
    app.task({ name: 'ts.request', bind: true }, (self) => {
      const { id, lang, origin, headers, timelimit, deliveryInfo } = self.request;
      return {
        id,
        lang,
        origin,
        trace: headers['x_trace'] as string,
        timelimit,
        priority: deliveryInfo.priority,
      };
    });
    app.task('ts.now', () => Date.now() / 1000);
    app.task('ts.order', (n: number) => {
      order.push(n);
      return n;
    });
    app.task('ts.total', (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0));
    app.task('ts.kinds', (...values: (string | number | boolean | null | Date | bigint)[]) =>
      values.map((value) => (value instanceof Date ? 'Date' : typeof value)),
    );
    worker = await app.worker({ concurrency: 1, prefetchMultiplier: 1 });
  });
  after(async () => {
    await worker?.stop();
    await app?.close();
    await redis?.stop();
  });

  test('args and kwargs', async () => {
    const answer = await python(
      peer,
      `
answer = [
    outcome(send('ts.add', 2, 3))['value'],
    outcome(send('ts.named', kwargs={'url': 'u', 'email': 'e'}))['value'],
    outcome(send('ts.echo', 'a', kwargs={'unit': 'mg'}))['value'],
]`,
    );
    assert.deepEqual(answer, [5, { email: 'e', url: 'u' }, ['a', { unit: 'mg' }]]);
  });

  test('unicode, nesting and a megabyte', async () => {
    const answer = await python(
      peer,
      `
text = 'é☃𝄞' * 120000
got = outcome(send('ts.echo', text, None, True, 1.5))['value']
answer = [got[0] == text, got[1:]]`,
    );
    assert.deepEqual(answer, [true, [null, true, 1.5]]);
  });

  test('a failure is seen with type, message and traceback', async () => {
    const [builtin, custom] = await python<Outcome[]>(
      peer,
      `
answer = [outcome(send('ts.fail', 'wrong kind')), outcome(send('ts.denied', 'ada', 'no badge'))]`,
    );
    assert.deepEqual([builtin!.type, builtin!.text, builtin!.state], ['TypeError', 'wrong kind', 'FAILURE']);
    assert.match(builtin!.traceback ?? '', /python-calls-us\.test/);
    assert.deepEqual([custom!.type, custom!.args], ['Denied', ["'ada'", "'no badge'"]]);
  });

  test('retries keep the id', async () => {
    const answer = await python<Outcome>(peer, `answer = outcome(send('ts.flaky', 2))`);
    assert.deepEqual(answer.value, { retries: 2, same: true });
  });

  test('an exhausted retry gives its error', async () => {
    const answer = await python<Outcome>(peer, `answer = outcome(send('ts.flaky', 9))`);
    assert.deepEqual([answer.state, answer.text], ['FAILURE', 'attempt 3']);
  });

  test('progress is seen while it runs', async () => {
    const states = await python<[string, { current: number }][]>(
      peer,
      `
result = send('ts.progress', 5)
answer = []
import time
while result.state != 'SUCCESS':
    if result.state == 'PROGRESS':
        answer.append([result.state, result.info])
    time.sleep(0.03)`,
    );
    assert.ok(states.length > 0);
    assert.ok(states.every(([state, info]) => state === 'PROGRESS' && info.current >= 1));
  });

  test('a countdown is kept, and parked outside the worker', async () => {
    const [sent, ran] = await python<number[]>(
      peer,
      `
import time
sent = time.time()
answer = [sent, outcome(send('ts.now', countdown=1.5))['value']]`,
    );
    assert.ok(ran! - sent! >= 1.499, `ran ${ran! - sent!} s after`);
  });

  test('what expired is revoked', async () => {
    const answer = await python<Outcome>(peer, `answer = outcome(send('ts.now', expires=-1))`);
    assert.deepEqual([answer.type, answer.text, answer.state], ['TaskRevokedError', 'expired', 'REVOKED']);
  });

  test('ignore_result keeps nothing', async () => {
    const answer = await python<string>(
      peer,
      `
quiet = send('ts.add', 1, 1, ignore_result=True)
outcome(send('ts.add', 1, 1))
answer = app.AsyncResult(quiet.id).state`,
    );
    assert.equal(answer, 'PENDING');
  });

  test('headers, time limits and origin reach the request', async () => {
    const answer = await python<Outcome>(
      peer,
      `
answer = outcome(send('ts.request', headers={'x_trace': 't-1'}, time_limit=30, soft_time_limit=20))`,
    );
    const seen = answer.value as Record<string, unknown>;
    assert.equal(seen['lang'], 'py');
    assert.match(String(seen['origin']), /^gen\d+@/);
    assert.equal(seen['trace'], 't-1');
    assert.deepEqual(seen['timelimit'], [30, 20]);
  });

  test('priority as Python means it on Redis: the lower number first', async () => {
    order.length = 0;
    await python(
      peer,
      `
block = send('ts.progress', 5)
sent = [send('ts.order', n, priority=n) for n in (9, 6, 3, 0)]
answer = [outcome(each)['value'] for each in sent]`,
    );
    assert.deepEqual(order, [0, 3, 6, 9]);
  });

  test('values that JSON of 5.2 turns into texts arrive as texts, big integers as they are', async () => {
    const answer = await python<Outcome>(
      peer,
      `
import datetime, decimal, uuid
answer = outcome(send('ts.kinds', datetime.datetime(2026, 1, 2), decimal.Decimal('1.5'), uuid.UUID(int=1), 2 ** 60))`,
    );
    assert.deepEqual(answer.value, ['string', 'string', 'string', 'bigint']);
  });

  test('a task nobody knows fails', async () => {
    const answer = await python<Outcome>(peer, `answer = outcome(send('ts.nobody'))`);
    assert.deepEqual([answer.type, answer.state], ['NotRegistered', 'FAILURE']);
  });

  test('a chain that Python began goes on here, and callbacks run', async () => {
    const answer = await python<Outcome>(
      peer,
      `
first = signature('ts.add', args=(1, 2), app=app)
chained = chain(first, signature('ts.add', args=(10,), app=app), signature('ts.add', args=(100,), app=app))
answer = outcome(chained.apply_async())`,
    );
    assert.equal(answer.value, 113);
  });

  test('the header of a chord that Python began is counted here', async () => {
    const answer = await python<Outcome>(
      peer,
      `
header = [signature('ts.add', args=(n, n), app=app) for n in range(4)]
answer = outcome(chord(header, app=app)(signature('ts.total', app=app)))`,
    );
    assert.equal(answer.value, 12);
  });

  test('revoke from Python is obeyed', async () => {
    const answer = await python<Outcome>(
      peer,
      `
result = send('ts.now', countdown=1)
result.revoke()
answer = outcome(result)`,
    );
    assert.deepEqual([answer.type, answer.text], ['TaskRevokedError', 'revoked']);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Lovage, TaskError } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Peer, PythonWorker } from '../python.ts';
import { pythonWorker } from '../python.ts';

const skip = requireService('redis') || requireService('celery');

describe('we call tasks that run in Python', { skip, timeout: 120_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let app: Lovage;
  let peer: Peer;
  let worker: PythonWorker;

  before(async () => {
    redis = await startRedis();
    peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1) };
    app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      // Celery 5.2 knows no typed values; from 5.3 on the default is right.
      lovageJsonTyped: false,
    });
    worker = await pythonWorker(peer);
  });
  after(async () => {
    await app?.close();
    await worker?.stop();
    await redis?.stop();
  });

  const call = async (name: string, options: Parameters<Lovage['sendTask']>[1] = {}) => {
    const result = await app.sendTask(name, options);
    return result.get({ timeout: 20 });
  };

  test('args and kwargs', async () => {
    assert.equal(await call('py.add', { args: [2, 3] }), 5);
    const seen = await call('py.echo', { args: ['a', 1.5, null], kwargs: { unit: 'mg', list: [1, [2]] } });
    assert.deepEqual(seen, { args: ['a', 1.5, null], kwargs: { unit: 'mg', list: [1, [2]] } });
  });

  test('unicode and a megabyte', async () => {
    const text = 'é☃𝄞'.repeat(120_000);
    assert.deepEqual(await call('py.echo', { args: [text] }), { args: [text], kwargs: {} });
  });

  test('a failure is seen with type, message, arguments and traceback', async () => {
    const failing = await app.sendTask('py.fail', { args: ['broken'] });
    await assert.rejects(failing.get({ timeout: 20 }), (error: TaskError) => {
      assert.ok(error instanceof TaskError);
      assert.equal(error.type, 'ValueError');
      assert.match(error.message, /broken/);
      assert.match(error.traceback ?? '', /Traceback \(most recent call last\)[\s\S]*tasks\.py/);
      return true;
    });
    const denied = await app.sendTask('py.denied', { args: ['ada', 'no badge'] });
    await assert.rejects(denied.get({ timeout: 20 }), (error: TaskError) => {
      assert.equal(error.type, 'Denied');
      assert.deepEqual(error.args, ['ada', 'no badge']);
      return true;
    });
  });

  test('retries', async () => {
    const result = await app.sendTask('py.flaky', { args: [2] });
    assert.deepEqual(await result.get({ timeout: 20 }), { retries: 2, id: result.id });
  });

  test('progress states', async () => {
    const result = await app.sendTask('py.progress', { args: [6] });
    const states = new Set<string>();
    for await (const { state } of result.updates()) states.add(state);
    assert.ok(states.has('PROGRESS') && states.has('SUCCESS'), [...states].join());
  });

  test('a countdown is kept', async () => {
    const due = Date.now() / 1000 + 1.5;
    const ran = (await call('py.now', { countdown: 1.5 })) as number;
    assert.ok(ran >= due - 0.001, `early by ${due - ran} s`);
  });

  test('what expired is revoked', async () => {
    const result = await app.sendTask('py.now', { expires: new Date(Date.now() - 1000) });
    await assert.rejects(result.get({ timeout: 20 }), /expired/);
    assert.equal(await result.state(), 'REVOKED');
  });

  test('ignoreResult keeps nothing', async () => {
    const quiet = await app.sendTask('py.add', { args: [1, 1], ignoreResult: true });
    await call('py.add', { args: [1, 1] });
    assert.equal(await quiet.state(), 'PENDING');
  });

  test('what Python sees of the call', async () => {
    const result = await app.sendTask('py.request', {
      priority: 6,
      headers: { x_trace: 't-1' },
      timeLimit: 30,
      softTimeLimit: 20,
      expires: 60,
    });
    const seen = (await result.get({ timeout: 20 })) as Record<string, unknown>;
    assert.equal(seen['id'], result.id);
    assert.equal(seen['root_id'], result.id);
    assert.equal(seen['parent_id'], null);
    assert.equal(seen['lang'], 'js');
    assert.equal(seen['routing_key'], 'celery');
    assert.equal(seen['priority'], 3, 'ours 6 is 3 on Redis, where the lowest goes first');
    assert.deepEqual(seen['timelimit'], [30, 20]);
    assert.equal(seen['custom'], 't-1');
    assert.equal(seen['argsrepr'], '()');
    assert.match(String(seen['origin']), /^gen\d+@/);
  });

  test('dates go as the texts that 5.2 would send', async () => {
    const seen = await call('py.types', { args: [new Date(0), 5, 2n ** 60n, 'x'] });
    assert.deepEqual(seen, ['str', 'int', 'int', 'str']);
  });

  test('revoke is obeyed', async () => {
    const result = await app.sendTask('py.now', { countdown: 1.5 });
    await result.revoke();
    await assert.rejects(result.get({ timeout: 20 }), /revoked/);
  });

  test('a bulk of calls', async () => {
    const calls = Array.from({ length: 50 }, (_, n) => ({ task: 'py.add', args: [n, n] }));
    const results = await app.bulk(calls);
    const got = await Promise.all(results.map((result) => result.get({ timeout: 20 })));
    assert.deepEqual(
      got,
      calls.map(({ args }) => args[0]! * 2),
    );
  });
});

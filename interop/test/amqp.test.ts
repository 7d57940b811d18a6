import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { chain, Lovage } from 'lovage';
import { redisDatabase, requireService, startRabbitmq, startRedis } from '../../tools/services.ts';
import type { Peer, PythonWorker } from '../python.ts';
import { python, pythonWorker } from '../python.ts';
import { celeryCli } from '../python-cli.ts';
import { until } from '../watching.ts';

const skip = requireService('redis') || requireService('rabbitmq') || requireService('celery-amqp');
const NODE = 'ours@host1';
const THEIRS = `py-celery@${hostname()}`;

/** Messages in RabbitMQ, results in Redis: Python serves the queue `celery`, we serve `ours`. */
describe('beside Celery on RabbitMQ', { skip, timeout: 240_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let rabbit: Awaited<ReturnType<typeof startRabbitmq>>;
  let app: Lovage;
  let ours: Awaited<ReturnType<Lovage['worker']>>;
  let theirs: PythonWorker;
  let peer: Peer;

  before(async () => {
    [redis, rabbit] = await Promise.all([startRedis(), startRabbitmq()]);
    peer = { broker: rabbit.url, backend: redisDatabase(redis, 1) };
    app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      // Celery 5.2 knows no typed values.
      lovageJsonTyped: false,
      lovageLogLevel: 'silent',
    });
    app.task('ts.add', (x: number, y: number) => x + y);
    app.task({ name: 'ts.flaky', bind: true, maxRetries: 3 }, (self, failures: number) => {
      const { retries } = self.request;
      if (retries < failures) self.retry({ exc: new Error(`attempt ${retries}`), countdown: 0.1 });
      return retries;
    });
    app.task('ts.now', () => Date.now() / 1000);
    ours = await app.worker({ queues: ['ours'], hostname: NODE, concurrency: 2, withoutMingle: true });
    theirs = await pythonWorker(peer, '-E');
  });
  after(async () => {
    await ours?.stop();
    await app?.close();
    await theirs?.stop();
    await Promise.all([redis?.stop(), rabbit?.stop()]);
  });

  const call = async (name: string, options: Parameters<Lovage['sendTask']>[1] = {}) =>
    (await app.sendTask(name, options)).get({ timeout: 30 });

  test('we call a task in Python: arguments, unicode, retries, a failure', async () => {
    assert.equal(await call('py.add', { args: [2, 3] }), 5);
    assert.deepEqual(await call('py.echo', { args: ['é☃'.repeat(50_000)] }), {
      args: ['é☃'.repeat(50_000)],
      kwargs: {},
    });
    assert.equal(((await call('py.flaky', { args: [2] })) as { retries: number }).retries, 2);
    await assert.rejects(call('py.fail', { args: ['broken'] }), /broken/);
  });

  test('what is not due reaches Python when it is', async () => {
    const due = Date.now() / 1000 + 1.5;
    const ran = (await call('py.now', { countdown: 1.5 })) as number;
    assert.ok(ran >= due - 0.001, `early by ${due - ran} s`);
  });

  test('Python calls a task of ours: arguments, retries, countdown', async () => {
    const answer = await python<[number, number, number]>(
      peer,
      `
import time
due = time.time() + 1.5
answer = [
    outcome(send('ts.add', 2, 3, queue='ours'))['value'],
    outcome(send('ts.flaky', 2, queue='ours'))['value'],
    outcome(send('ts.now', queue='ours', countdown=1.5))['value'] - due,
]`,
    );
    assert.deepEqual(answer.slice(0, 2), [5, 2]);
    assert.ok(answer[2] >= -0.001, `early by ${-answer[2]} s`);
  });

  test('a chain passes from one to the other and back, whoever begins it', async () => {
    const result = await chain(
      app.signature<number>('py.add', [1, 2], { queue: 'celery' }),
      app.signature<number>('ts.add', [10], { queue: 'ours' }),
      app.signature<number>('py.add', [100], { queue: 'celery' }),
    ).delay();
    assert.equal(await result.get({ timeout: 30 }), 113);
    const theirsToo = await python(
      peer,
      `
answer = outcome(chain(
    signature('ts.add', args=(1, 2), app=app).set(queue='ours'),
    signature('py.add', args=(10,), app=app),
    signature('ts.add', args=(100,), app=app).set(queue='ours'),
).apply_async())['value']`,
    );
    assert.equal(theirsToo, 113);
  });

  test('each asks the other’s worker, and hears its events', async () => {
    const said = await celeryCli(peer.broker, 'inspect', 'ping', '-d', NODE, '-t', '20');
    assert.match(said.stdout, /pong/, said.stderr);
    const answers = await app.control.inspect({ destination: THEIRS, timeout: 20 }).ping();
    assert.deepEqual(answers[THEIRS], { ok: 'pong' });
    const heard = new Set<string>();
    await using _ = await app.events.receiver({
      onEvent: ({ type, hostname: node }) => void heard.add(`${type} ${node}`),
    });
    await until('heartbeats of both are heard', () =>
      [NODE, THEIRS].every((node) => heard.has(`worker-heartbeat ${node}`)),
    );
  });
});

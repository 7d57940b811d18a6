import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { type Answers, ClusterState, Lovage, type ReceivedEvent } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Peer, PythonWorker } from '../python.ts';
import { python, pythonWorker } from '../python.ts';
import { until } from '../watching.ts';

const skip = requireService('redis') || requireService('celery');
const NODE = `py-celery@${hostname()}`;
/** Longer than any answer takes; waiting ends with the answer. */
const PATIENT = { destination: NODE, timeout: 20 };

describe('we ask a worker of Celery', { skip, timeout: 180_000 }, () => {
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
      lovageJsonTyped: false,
    });
    worker = await pythonWorker(peer, '-E');
  });
  after(async () => {
    await app?.close();
    await worker?.stop();
    await redis?.stop();
  });

  const inspect = () => app.control.inspect(PATIENT);
  /** What the worker itself answered. */
  const of = (answers: Answers): Record<string, unknown> => {
    assert.deepEqual(Object.keys(answers), [NODE]);
    return answers[NODE] as Record<string, unknown>;
  };
  const control = { ...PATIENT, reply: true };
  const said = (answers: readonly Answers[]): unknown => of(answers[0]!);

  test('inspect: every question has its answer', async () => {
    assert.deepEqual(of(await inspect().ping()), { ok: 'pong' });
    const long = await app.sendTask('py.sleep', { args: [60] });
    const later = await app.sendTask('py.add', { args: [1, 1], countdown: 600 });
    const running = async () => (await inspect().active())[NODE] as { id: string; args: unknown }[];
    await until('the task runs', async () => (await running()).length > 0);
    assert.deepEqual(
      (await running()).map(({ id, args }) => ({ id, args })),
      [{ id: long.id, args: [60] }],
    );
    const safe = of(await inspect().active({ safe: true })) as unknown as { args: unknown }[];
    assert.equal(safe[0]!.args, '(60,)');
    assert.deepEqual(of(await inspect().reserved()), []);
    const scheduled = of(await inspect().scheduled()) as unknown as { request: { id: string } }[];
    assert.deepEqual(
      scheduled.map(({ request }) => request.id),
      [later.id],
    );
    const [state] = of(await inspect().queryTask([long.id, 'unknown']))[long.id] as unknown[];
    assert.equal(state, 'active');

    const registered = of(await inspect().registered()) as unknown as string[];
    assert.ok(registered.includes('py.add'));
    const items = of(await inspect().registered('max_retries')) as unknown as string[];
    assert.ok(items.includes('py.add [max_retries=3]'), items.join());
    assert.equal((of(await inspect().stats())['pool'] as Record<string, unknown>)['max-concurrency'], 2);
    assert.equal(of(await inspect().conf())['task_default_queue'], 'celery');
    const all = of(await inspect().conf({ withDefaults: true }));
    assert.ok(Object.keys(all).length > 100);
    const [queue] = of(await inspect().activeQueues()) as unknown as { name: string }[];
    assert.equal(queue!.name, 'celery');
    assert.match(String(of(await inspect().report())['ok']), /software -> celery:5/);
    assert.equal(typeof of(await inspect().clock())['clock'], 'number');
    assert.equal(typeof of(await inspect().hello('other@node'))['clock'], 'number');
    assert.ok(NODE in (await inspect().memsample()));
    assert.ok(NODE in (await inspect().memdump(5)));
    assert.ok(NODE in (await inspect().objgraph()));
    assert.match(String(of(await inspect().call('nosuchcommand'))['error']), /KeyError\('nosuchcommand'\)/);

    assert.deepEqual(
      said(await app.control.terminate([long.id, later.id], { ...control, signal: 'SIGKILL' })),
      {
        ok: `terminate: ${long.id}`,
      },
    );
    await assert.rejects(long.get({ timeout: 20 }), /terminated/);
    const revoked = of(await inspect().revoked()) as unknown as string[];
    assert.deepEqual([...revoked].sort(), [long.id, later.id].sort());
  });

  test('control: every command is understood', async () => {
    const { control: ask } = app;
    assert.deepEqual(said(await ask.revoke('a', control)), { ok: 'tasks a flagged as revoked' });
    // Python sets have no order.
    const both = said(await ask.revoke(['b', 'c'], control)) as { ok: string };
    assert.match(both.ok, /^tasks (b, c|c, b) flagged as revoked$/);
    assert.deepEqual(said(await ask.rateLimit('py.add', '100/m', control)), {
      ok: 'new rate limit set successfully',
    });
    assert.deepEqual(said(await ask.rateLimit('py.add', 0, control)), {
      ok: 'rate limit disabled successfully',
    });
    assert.deepEqual(said(await ask.rateLimit('py.none', '1/s', control)), { error: 'unknown task' });
    assert.deepEqual(said(await ask.timeLimit('py.add', { ...control, hard: 20, soft: 10 })), {
      ok: 'time limits set successfully',
    });
    assert.deepEqual(said(await ask.addConsumer('extra', control)), { ok: 'add consumer extra' });
    // A worker of Celery answers first and adds the queue on its loop's next turn.
    await until('the queue is consumed', async () => {
      const queues = of(await inspect().activeQueues()) as unknown as { name: string }[];
      return (
        queues
          .map(({ name }) => name)
          .sort()
          .join() === 'celery,extra'
      );
    });
    assert.deepEqual(said(await ask.cancelConsumer('extra', control)), {
      ok: 'no longer consuming from extra',
    });
    assert.deepEqual(said(await ask.poolGrow(1, control)), { ok: 'pool will grow' });
    assert.deepEqual(said(await ask.poolShrink(1, control)), { ok: 'pool will shrink' });
    assert.match(JSON.stringify(said(await ask.poolRestart(control))), /Pool restarts not enabled/);
    assert.match(JSON.stringify(said(await ask.autoscale(5, 1, control))), /Autoscale not enabled/);
    assert.deepEqual(said(await ask.enableEvents(control)), { ok: 'task events already enabled' });
    assert.deepEqual(said(await ask.disableEvents(control)), { ok: 'task events already disabled' });
    assert.equal((await ask.heartbeat(control))[0]![NODE], null);
    assert.match(JSON.stringify(said(await ask.election('id', 'topic', null, control))), /error/);
    assert.deepEqual(said(await ask.ping(PATIENT)), { ok: 'pong' });
  });

  test('a pattern, of shell or of Python, picks nodes by their name', async () => {
    const one = { limit: 1, timeout: 20 };
    assert.deepEqual(await app.control.ping({ ...one, pattern: 'py-*' }), [{ [NODE]: { ok: 'pong' } }]);
    const pcre = { ...one, pattern: '^py-[a-z]+@', matcher: 'pcre' } as const;
    assert.deepEqual(await app.control.ping(pcre), [{ [NODE]: { ok: 'pong' } }]);
    assert.deepEqual(await app.control.ping({ pattern: 'other-*', timeout: 0.3 }), []);
    assert.deepEqual(await app.control.ping({ destination: 'other@node', timeout: 0.3 }), []);
  });

  test('what was revoked is not run', async () => {
    const result = await app.sendTask('py.now', { countdown: 1 });
    await result.revoke();
    await assert.rejects(result.get({ timeout: 20 }), /revoked/);
  });

  test('the events of the worker are heard, and come to what happened', async () => {
    const state = new ClusterState();
    const events: ReceivedEvent[] = [];
    await using _receiver = await app.events.receiver({
      onEvent: (event) => {
        events.push(event);
        state.apply(event);
      },
    });
    // The worker answers our wish for a heartbeat.
    await until('the worker is seen', () => state.worker(NODE, Date.now()) !== undefined);
    const added = await app.sendTask('py.add', { args: [2, 3] });
    const flaky = await app.sendTask('py.flaky', { args: [1] });
    const failed = await app.sendTask('py.fail', { args: ['broken'] });
    const over = (id: string) => ['SUCCESS', 'FAILURE'].includes(state.task(id)?.state ?? '');
    await until('all is over', () => [added, flaky, failed].every(({ id }) => over(id)));
    await until('its software is known', () => state.worker(NODE, 0)!.swIdent !== undefined);
    const { name, args, result, runtime, worker: by } = state.task(added.id)!;
    assert.deepEqual([name, args, result, by], ['py.add', '(2, 3)', '5', NODE]);
    assert.ok(runtime! > 0);
    assert.deepEqual([state.task(flaky.id)!.state, state.task(flaky.id)!.retries], ['SUCCESS', 1]);
    assert.match(state.task(failed.id)!.exception!, /ValueError\('broken'\)/);
    const peerWorker = state.worker(NODE, Date.now())!;
    assert.deepEqual([peerWorker.alive, peerWorker.swIdent], [true, 'py-celery']);
    assert.equal(state.counters().ignored, 0);
    const order = events.filter(({ uuid }) => uuid === added.id).map(({ type }) => type);
    assert.deepEqual(order, ['task-received', 'task-started', 'task-succeeded']);
    assert.ok(app.clock.value >= Math.max(...events.map(({ clock }) => clock)));
  });

  test('requests leave nothing on the broker', async () => {
    const other = new Lovage('passing', { brokerUrl: peer.broker, resultBackend: peer.backend });
    assert.deepEqual(await other.control.inspect(PATIENT).ping(), { [NODE]: { ok: 'pong' } });
    // Answers that nobody waits for any more.
    await other.control.inspect({ timeout: 0 }).stats();
    await other.close();
    await app.control.close();
    const left = await python<{ keys: string[]; bound: string[] }>(
      peer,
      `
import time
client = app.connection().default_channel.client
deadline = time.time() + 20
while client.keys('*.reply.celery.pidbox') and time.time() < deadline:
    time.sleep(0.05)
answer = {'keys': [key.decode() for key in client.keys('*.reply.celery.pidbox')],
          'bound': [each.decode() for each in client.smembers('_kombu.binding.reply.celery.pidbox')]}
`,
    );
    assert.deepEqual(left, { keys: [], bound: [] });
    assert.deepEqual(of(await inspect().ping()), { ok: 'pong' });
  });
});

const LISTEN = `
import threading

heard = []
def on_event(event):
    heard.append(dict(event))
    if event['type'] == 'order-paid':
        receiver.should_stop = True

with app.connection_for_read() as connection:
    receiver = app.events.Receiver(connection, handlers={'*': on_event})
    receiver.capture(limit=None, timeout=30, wakeup=True)
answer = heard
`;

const UNTIL_SUBSCRIBED = `
import time
client = app.connection().default_channel.client
deadline = time.time() + 30
while not client.pubsub_numpat() and time.time() < deadline:
    time.sleep(0.02)
`;

describe('Celery hears us call', { skip, timeout: 60_000 }, () => {
  test('its EventReceiver hears task-sent, and events of our own', async () => {
    await using redis = await startRedis();
    const peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1) };
    await using app = new Lovage('sender', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      taskSendSentEvent: true,
    });
    const listening = python<Record<string, unknown>[]>(peer, LISTEN);
    // It subscribes only after it has asked the workers for a heartbeat.
    await Promise.race([python(peer, UNTIL_SUBSCRIBED), listening]);
    const result = await app.sendTask('py.add', { args: [2, 3], queue: 'mail' });
    await app.events.send('order-paid', { order: 42 });
    const heard = await listening;
    const [sent, paid] = heard;
    const { hostname: client, pid, utcoffset, clock, timestamp, local_received: received, ...call } = sent!;
    assert.deepEqual(call, {
      uuid: result.id,
      root_id: result.id,
      parent_id: null,
      name: 'py.add',
      args: '(2, 3)',
      kwargs: '{}',
      retries: 0,
      eta: null,
      expires: null,
      queue: 'mail',
      exchange: '',
      routing_key: 'mail',
      type: 'task-sent',
    });
    assert.match(String(client), /^gen\d+@/);
    assert.equal(pid, process.pid);
    assert.ok(Math.abs((timestamp as number) - (received as number)) < 30);
    assert.deepEqual([paid!['type'], paid!['order']], ['order-paid', 42]);
  });
});

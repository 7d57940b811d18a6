import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseJson } from '@lovage/protocol';
import { Lovage } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Peer } from '../python.ts';
import { python } from '../python.ts';
import { celeryCli } from '../python-cli.ts';
import { keptLog, until } from '../watching.ts';

const skip = requireService('redis') || requireService('celery');
const NODE = 'ours@host1';

describe("Celery's command line asks a worker of ours", { skip, timeout: 240_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let app: Lovage;
  let worker: Awaited<ReturnType<Lovage['worker']>>;
  let peer: Peer;
  const { lines, logger } = keptLog();

  before(async () => {
    redis = await startRedis();
    peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1) };
    app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      workerPoolRestarts: true,
      brokerTransportOptions: { sentinel_kwargs: { password: 'sentinelsecret' } },
      logger,
    });
    app.task('ctl.add', (x: number, y: number) => x + y);
    app.task({ name: 'ctl.long', bind: true }, (self, _: string) => {
      return new Promise<void>((resolve) => self.signal.addEventListener('abort', () => resolve()));
    });
    app.task({ name: 'ctl.limited', rateLimit: '1/s' }, () => {});
    app.controlCommand('flush_cache', ({ hostname }, args) => ({
      ok: `${hostname} flushed ${args['region']}`,
    }));
    worker = await app.worker({ hostname: NODE, concurrency: 3, withoutMingle: true });
    await app.sendTask('ctl.long', { args: ['a'], taskId: 'active-0' });
    await app.sendTask('ctl.long', { args: ['b'], taskId: 'active-1' });
    await app.sendTask('ctl.add', { args: [3, 4], taskId: 'scheduled-0', countdown: 600 });
    const { control } = app;
    const held = async () => {
      const asked = control.inspect({ destination: NODE, timeout: 10 });
      const [active, scheduled] = await Promise.all([asked.active(), asked.scheduled()]);
      return [active, scheduled].map((answers) => (answers[NODE] as readonly unknown[]).length).join();
    };
    await until('it holds them', async () => (await held()) === '2,1');
  });

  after(async () => {
    await worker?.stop('cold');
    await app?.close();
    await redis?.stop();
  });

  /** What the node answers to Celery's command line. */
  async function answer(kind: 'inspect' | 'control', ...words: readonly string[]): Promise<unknown> {
    const said = await celeryCli(peer.broker, kind, '-d', NODE, '-t', '20', '--json', ...words);
    assert.equal(said.code, 0, said.stderr + said.stdout);
    // `inspect` prints an object by node, `control` a list of such; some versions also count the nodes.
    const [json] = /^[[{].*[\]}]$/m.exec(said.stdout) ?? [];
    assert.ok(json, said.stdout + said.stderr);
    const parsed = [parseJson(json)].flat() as readonly Readonly<Record<string, unknown>>[];
    return parsed[0]![NODE];
  }
  const inspect = (...words: readonly string[]) => answer('inspect', ...words);
  const control = (...words: readonly string[]) => answer('control', ...words);
  /** What it answers to us: to see what became of what Celery asked for. */
  const seen = async (method: string) =>
    (await app.control.inspect({ destination: NODE, timeout: 20 }).call(method))[NODE];
  const ids = (tasks: unknown) => (tasks as { id: string }[]).map(({ id }) => id).sort();

  test('what it holds: active, reserved, scheduled, query_task', async () => {
    const active = (await inspect('active')) as Record<string, unknown>[];
    assert.deepEqual(ids(active), ['active-0', 'active-1']);
    assert.deepEqual(active.map(({ args }) => args).sort(), [['a'], ['b']]);
    assert.equal(typeof active[0]!['time_start'], 'number');
    const scheduled = (await inspect('scheduled')) as { eta: string; request: { id: string } }[];
    assert.deepEqual(ids(scheduled.map(({ request }) => request)), ['scheduled-0']);
    const queried = (await inspect('query_task', 'active-0', 'nowhere')) as Record<string, [string]>;
    assert.deepEqual(
      Object.entries(queried).map(([id, [state]]) => [id, state]),
      [['active-0', 'active']],
    );
  });

  test('what waits for its rate limit is reserved', async () => {
    const call = (index: number) => ({ task: 'ctl.limited', args: [index] });
    await app.bulk(Array.from({ length: 60 }, (_, index) => call(index)));
    let reserved: { name: string; time_start: unknown }[] = [];
    await until('something waits', async () => {
      reserved = (await inspect('reserved')) as typeof reserved;
      return reserved.length > 0;
    });
    assert.deepEqual([reserved[0]!.name, reserved[0]!.time_start], ['ctl.limited', null]);
  });

  test('what it is: ping, clock, stats, conf, report, registered, active_queues', async () => {
    assert.deepEqual(await inspect('ping'), { ok: 'pong' });
    assert.equal(typeof ((await inspect('clock')) as Record<string, unknown>)['clock'], 'number');
    const stats = (await inspect('stats')) as Record<string, Record<string, unknown>>;
    assert.equal(stats['pool']!['max-concurrency'], 3);
    assert.equal(stats['broker']!['transport'], 'redis');
    assert.equal(stats['pid'], process.pid);
    const conf = (await inspect('conf')) as Record<string, unknown>;
    assert.equal(conf['worker_pool_restarts'], true);
    assert.doesNotMatch(JSON.stringify(conf), /sentinelsecret/);
    assert.ok(Object.keys((await inspect('conf', 'true')) as object).length > 150);
    const { ok: report } = (await inspect('report')) as { ok: string };
    assert.match(report, /software -> lovage:/);
    assert.doesNotMatch(report, /sentinelsecret/);
    assert.deepEqual(await inspect('registered'), ['ctl.add', 'ctl.limited [rate_limit=1/s]', 'ctl.long']);
    assert.deepEqual(await inspect('registered', 'max_retries'), [
      'ctl.add [max_retries=3]',
      'ctl.limited [max_retries=3]',
      'ctl.long [max_retries=3]',
    ]);
    const [queue] = (await inspect('active_queues')) as [{ name: string; exchange: { name: string } }];
    assert.deepEqual([queue.name, queue.exchange.name], ['celery', 'celery']);
  });

  test('its memory: memsample, memdump, objgraph', async () => {
    assert.match(String(await inspect('memsample')), /^[\d.]+[MG]B$/);
    assert.match(String(await inspect('memdump')), /- rss \(end\)/);
    assert.match(JSON.stringify(await inspect('objgraph')), /error/);
  });

  test('its limits: rate_limit, time_limit', async () => {
    assert.deepEqual(await control('rate_limit', 'ctl.add', '10/m'), {
      ok: 'new rate limit set successfully',
    });
    assert.equal(((await seen('registered')) as string[])[0], 'ctl.add [rate_limit=10/m]');
    // A text is true in Python, so that Celery says the same: no limit, in these words.
    assert.deepEqual(await control('rate_limit', 'ctl.add', '0'), { ok: 'new rate limit set successfully' });
    assert.deepEqual(await control('rate_limit', 'ctl.add', '1/y'), { error: "KeyError('y')" });
    assert.deepEqual(await control('rate_limit', 'ctl.nosuch', '1/s'), { error: 'unknown task' });
    assert.deepEqual(await control('time_limit', 'ctl.add', '10', '20'), {
      ok: 'time limits set successfully',
    });
  });

  test('its queues: add_consumer, cancel_consumer', async () => {
    assert.deepEqual(await control('add_consumer', 'extra'), { ok: 'add consumer extra' });
    const names = async () => ((await seen('active_queues')) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(await names(), ['celery', 'extra']);
    assert.deepEqual(await control('cancel_consumer', 'extra'), { ok: 'no longer consuming from extra' });
    assert.deepEqual(await names(), ['celery']);
  });

  test('its pool: pool_grow, pool_shrink, pool_restart, autoscale', async () => {
    const size = async () =>
      ((await seen('stats')) as { pool: Record<string, unknown> }).pool['max-concurrency'];
    assert.deepEqual(await control('pool_shrink', '1'), { ok: 'pool will shrink' });
    assert.equal(await size(), 2);
    assert.deepEqual(await control('pool_grow', '1'), { ok: 'pool will grow' });
    assert.equal(await size(), 3);
    assert.deepEqual(await control('pool_shrink', '3'), {
      error: `ValueError("Can't shrink pool. All processes busy!")`,
    });
    assert.match(JSON.stringify(await control('pool_restart')), /error.*async pool/);
    assert.deepEqual(await control('autoscale', '4', '1'), { error: "ValueError('Autoscale not enabled')" });
  });

  test('its events: enable_events, disable_events, heartbeat, election', async () => {
    assert.deepEqual(await control('enable_events'), { ok: 'task events enabled' });
    assert.deepEqual(await control('enable_events'), { ok: 'task events already enabled' });
    assert.deepEqual(await control('disable_events'), { ok: 'task events disabled' });
    assert.equal(await control('heartbeat'), null);
    // The command line of Celery cannot pass what an election needs, to its own workers neither.
    assert.match(
      JSON.stringify(await control('election')),
      /missing 2 required positional arguments: 'id' and 'topic'/,
    );
  });

  test('revoke and terminate', async () => {
    assert.deepEqual(await control('revoke', 'later-0'), { ok: 'tasks later-0 flagged as revoked' });
    assert.deepEqual(await inspect('revoked'), ['later-0']);
    await app.sendTask('ctl.add', { args: [1, 2], taskId: 'later-0' });
    await until('later-0 is REVOKED', async () => (await app.asyncResult('later-0').state()) === 'REVOKED');
    assert.deepEqual(await control('terminate', 'SIGKILL', 'active-0'), { ok: 'terminate: active-0' });
    assert.deepEqual(await control('terminate', 'SIGKILL', 'nowhere'), { ok: 'terminate: tasks unknown' });
    assert.match(JSON.stringify(await control('terminate', 'NOSUCH', 'x')), /AttributeError/);
    await until('active-0 is REVOKED', async () => (await app.asyncResult('active-0').state()) === 'REVOKED');
    assert.ok(lines.includes('Terminating active-0 (9)'));
  });

  test("from Python's API: a command of the user's own, patterns, and who is not meant", async () => {
    const answers = await python<Record<string, unknown>>(
      peer,
      `
ask = lambda method, **options: app.control.broadcast(method, reply=True, **options)
answer = {
    'own': ask('flush_cache', arguments={'region': 'eu'}, destination=['${NODE}'], timeout=20),
    'unknown': ask('nosuch', destination=['${NODE}'], timeout=20),
    'glob': ask('ping', pattern='ours@*', matcher='glob', limit=1, timeout=20),
    'pcre': ask('ping', pattern=r'ours@\\w+$', matcher='pcre', limit=1, timeout=20),
    'others': ask('ping', pattern='*', matcher='glob', destination=['x@y'], timeout=0.5),
    'election': ask('election', arguments={'id': 'e1', 'topic': 'task'}, limit=1, timeout=20),
    'stamps': ask('revoke_by_stamped_headers', arguments={'headers': {'user': ['u1']}}, limit=1, timeout=20),
}
`,
    );
    assert.deepEqual(answers, {
      own: [{ [NODE]: { ok: `${NODE} flushed eu` } }],
      unknown: [{ [NODE]: { error: "KeyError('nosuch')" } }],
      glob: [{ [NODE]: { ok: 'pong' } }],
      pcre: [{ [NODE]: { ok: 'pong' } }],
      others: [],
      election: [{ [NODE]: { error: 'workers of Lovage vote in elections and do not stand for them' } }],
      stamps: [{ [NODE]: { ok: "headers {'user': ['u1']} flagged as revoked, but not terminated" } }],
    });
  });

  test("Celery's mingle takes what ours answers to hello", async () => {
    const taken = await python<{ ids: string[]; clock: number }>(
      peer,
      `
from celery.utils.collections import LimitedSet
revoked = LimitedSet(maxlen=100, expires=10800)
reply = app.control.inspect(destination=['${NODE}'], timeout=20).hello('new@host1', {'from-python': [1.5, 'from-python']})
revoked.update(reply['${NODE}']['revoked'])
answer = {'ids': list(revoked), 'clock': reply['${NODE}']['clock']}
`,
    );
    assert.ok(taken.ids.includes('later-0') && taken.ids.includes('from-python'), taken.ids.join());
    assert.ok(taken.clock > 0);
    assert.ok(((await seen('revoked')) as string[]).includes('from-python'));
  });

  test('shutdown ends it warmly, without an answer', async () => {
    const said = await celeryCli(peer.broker, 'control', '-d', NODE, '-t', '1', 'shutdown');
    assert.notEqual(said.code, null);
    await until('it heard of it', () => lines.includes('Got shutdown from remote'));
    void worker.stop('cold');
    await worker.done;
  });
});

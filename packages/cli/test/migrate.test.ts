import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { App } from '@lovage/app';
import type { Broker, Envelope } from '@lovage/contracts';
import { type RedisServer, requireService, startRedis } from '../../../tools/services.ts';
import { progressLine } from '../src/migrate/progress.ts';
import { queueRoutes } from '../src/migrate/routes.ts';
import { emptyFolder, emptyStore, fixture, lovage, start, startWorker } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];
const HOUR_MS = 3_600_000;

/** An app of one broker, to send with and to look. */
function appAt(url: string): App {
  return new App('migration', {
    brokerUrl: url,
    resultBackend: null,
    environment: {},
    lovageLogLevel: 'silent',
  });
}

async function withBroker<T>(url: string, use: (broker: Broker) => Promise<T>): Promise<T> {
  await using app = appAt(url);
  return await use((await app.drivers()).broker);
}

/** What a queue holds, ready or delayed, in order, in a form that can be compared. */
async function contents(url: string, queue: string): Promise<Record<string, unknown>[]> {
  return withBroker(url, async (broker) => [
    ...(await broker.peek(queue, 10_000)).map((envelope) => plain(envelope)),
    ...(await broker.delayed(queue, 10_000)).map((each) => ({
      ...plain(each.envelope),
      due: each.notBefore,
    })),
  ]);
}

/** Without what a broker may add: that it was out before. */
function plain({ headers, body, ...rest }: Envelope): Record<string, unknown> {
  const { redelivered: _, ...kept } = headers;
  return { ...rest, headers: kept, body: Buffer.from(body).toString() };
}

const ids = (messages: readonly Record<string, unknown>[]): unknown[] => messages.map(({ id }) => id);

/** Three calls, one of them urgent, one delayed; one of another task; one of another queue. */
async function fill(url: string): Promise<void> {
  await using app = appAt(url);
  await app.sendTask('shop.add', { args: [1, 'é'], headers: { trace: 'abc' } });
  await app.sendTask('shop.add', { args: [2], priority: 7 });
  await app.sendTask('shop.add', { args: [3], countdown: 3600, kwargs: { a: [null, { b: 1 }] } });
  await app.sendTask('shop.greet', { args: ['Ada'] });
  await app.sendTask('shop.add', { args: [4], queue: 'mail' });
}

/** Many calls of one queue; answers their ids. */
async function flood(url: string, count: number): Promise<Set<string>> {
  await using app = appAt(url);
  const sent = await app.bulk(
    Array.from({ length: count }, (_, at) => ({ task: 'shop.add', args: [at, 1] })),
  );
  return new Set(sent.map(({ id }) => id));
}

const migrate = (...args: string[]) => lovage(['migrate', ...args]);

async function summary(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await migrate(...args, '--json');
  // One that was killed before has fallen silent.
  const complaints = stderr.split('\n').filter((line) => line !== '' && !/fell silent/.test(line));
  assert.deepEqual([code, complaints], [0, []]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** What migrating must do, whatever the two brokers are. */
function exam(from: () => string, to: () => string, destinationHides: boolean): void {
  test('moves each message whole: headers, body, priority, time; and takes it away', async () => {
    const [source, destination] = [from(), to()];
    await fill(source);
    const before = [...(await contents(source, 'celery')), ...(await contents(source, 'mail'))];
    const { migrated, queues, kept_at_source } = await summary(
      source,
      destination,
      '-a',
      '-Q',
      'celery,mail:post',
    );
    assert.deepEqual([migrated, queues, kept_at_source], [5, { celery: 4, mail: 1 }, false]);
    for (const queue of ['celery', 'mail']) assert.deepEqual(await contents(source, queue), []);
    const after = [...(await contents(destination, 'celery')), ...(await contents(destination, 'post'))];
    const byId = new Map(after.map((each) => [each['id'], each]));
    assert.equal(byId.size, 5);
    for (const { due: _, ...message } of before) {
      const { due, ...arrived } = byId.get(message['id'])!;
      assert.deepEqual(arrived, message);
      const eta = (message['headers'] as { eta: string | null }).eta;
      if (eta === null || !destinationHides) assert.equal(due, undefined);
      else assert.ok(Math.abs(Number(due) - Date.now() - HOUR_MS) < 60_000);
    }
  });

  test('without -a it leaves the source as it is', async () => {
    const [source, destination] = [from(), to()];
    await fill(source);
    const before = await contents(source, 'celery');
    const { stdout, code } = await migrate(source, destination, '-Q', 'celery');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Copied 4 messages \(celery 4\) from .*\nThey are at the source as well: --ack-messages/,
    );
    assert.deepEqual(await contents(source, 'celery'), before);
    assert.deepEqual(ids(await contents(destination, 'celery')).toSorted(), ids(before).toSorted());
  });

  test('-T and -n choose; what is passed over stays, in its order', async () => {
    const [source, destination] = [from(), to()];
    await fill(source);
    const greeting = await summary(source, destination, '-a', '-Q', 'celery', '-T', 'shop.greet,shop.none');
    assert.deepEqual([greeting['migrated'], greeting['passed_over']], [1, 3]);
    const left = await contents(source, 'celery');
    assert.deepEqual(
      left.map(({ headers }) => (headers as { task: string }).task),
      Array(3).fill('shop.add'),
    );
    await flood(source, 30);
    const order = ids(await contents(source, 'celery'));
    assert.equal(
      (await summary(source, destination, '-a', '-Q', 'celery', '-n', '10', '-T', 'shop.add'))['migrated'],
      10,
    );
    assert.deepEqual(ids(await contents(source, 'celery')), order.slice(10));
  });
}

suite('lovage migrate: sqlite to sqlite', { concurrency: 2 }, () => {
  exam(emptyStore, emptyStore, true);

  test('what it moved is run by a worker there', async () => {
    const [source, destination] = [emptyStore(), emptyStore()];
    const { stdout } = await lovage(['call', 'shop.add', '-a', '[20, 22]', ...SHOP, '-b', source]);
    await migrate(source, destination, '-a', ...SHOP);
    const worker = await startWorker([...SHOP, '-b', destination, '-P', 'async']);
    const result = await lovage(['result', stdout.trim(), '--timeout', '20', ...SHOP, '-b', destination]);
    assert.equal(result.stdout, '42\n');
    worker.process.kill('SIGTERM');
    await worker.ended;
  });

  test('killed at any moment it loses nothing', async () => {
    const [source, destination] = [emptyStore(), emptyStore()];
    const sent = await flood(source, 5000);
    for (const line of [/Migrated [12],/, /Migrated [12],/]) {
      const running = start(['migrate', source, destination, '-a', '-Q', 'celery']);
      await running.says(line);
      running.process.kill('SIGKILL');
      await running.ended;
    }
    const there = ids(await contents(destination, 'celery'));
    assert.ok(there.length >= 2000 && there.length < 5000, String(there.length));
    // Those that it held are back once their lease has lapsed: half a minute after it began.
    const deadline = Date.now() + 90_000;
    let migrated = 0;
    while (new Set(ids(await contents(destination, 'celery'))).size < sent.size && Date.now() < deadline) {
      const rest = await summary(source, destination, '-a', '-Q', 'celery', '-t', '5');
      migrated += Number(rest['migrated']);
    }
    assert.ok(migrated >= 5000 - there.length);
    assert.deepEqual(new Set(ids(await contents(destination, 'celery'))), sent);
    assert.deepEqual(await contents(source, 'celery'), []);
  });

  test('Ctrl+C ends it cleanly: what is moved is moved, the rest is where it was', async () => {
    const [source, destination] = [emptyStore(), emptyStore()];
    const sent = await flood(source, 5000);
    const running = start(['migrate', source, destination, '-a', '-Q', 'celery', '-T', 'shop.add']);
    await running.says(/Migrated 1,000 of 5,000 messages \([\d,]+\/s\)/);
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Error: Stopped before the end\. What has not been migrated is at the source\.\n$/);
    const moved = Number(/^Moved (\d+) messages/.exec(stdout)?.[1]);
    const [left, there] = [ids(await contents(source, 'celery')), ids(await contents(destination, 'celery'))];
    assert.deepEqual([there.length, left.length], [moved, 5000 - moved]);
    assert.deepEqual(new Set([...left, ...there]), sent);
  });

  test('--forever takes what comes in later, and Ctrl+C is its good end', async () => {
    const [source, destination] = [emptyStore(), emptyStore()];
    const running = start(['migrate', source, destination, '-a', '-F', '-t', '0.2', '-Q', 'celery']);
    await flood(source, 1000);
    await running.says(/Migrated 1,000/);
    running.process.kill('SIGINT');
    const { code, stdout } = await running.ended;
    assert.equal(code, 0);
    assert.match(stdout, /^Moved 1000 messages/);
  });

  const faults: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['onto itself', ['sqlite:///a.db', 'sqlite:///a.db'], /are one broker: give each queue another name/],
    ['in a circle', ['sqlite:///a', 'sqlite:///a', '-Q', 'x:y,y:x'], /are one broker/],
    [
      'for ever without taking away',
      ['sqlite:///a', 'sqlite:///b', '-F'],
      /--forever would copy the same messages/,
    ],
    [
      'queues that are none',
      ['sqlite:///a', 'sqlite:///b', '-Q', 'a:b:c'],
      /names of queues, such as 'mail,old:new'/,
    ],
    ['nothing at all', ['sqlite:///a', 'sqlite:///b', '-n', '0'], /whole number from 1/],
    ['to nowhere', ['sqlite:///a'], /Missing required argument 'destination'/],
  ];
  for (const [what, args, says] of faults) {
    test(`migrating ${what} is a usage error`, async () => {
      const { code, stderr } = await migrate(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
    });
  }

  test('within one broker a queue can take another name', async () => {
    const store = emptyStore();
    await flood(store, 3);
    assert.equal((await summary(store, store, '-a', '-Q', 'celery:new'))['migrated'], 3);
    assert.equal((await contents(store, 'new')).length, 3);
  });

  test('a broker that is away is no empty one', async () => {
    const away = await migrate('redis://:hunter2@127.0.0.1:1/0', emptyStore());
    assert.equal(away.code, 69);
    assert.match(away.stderr, /Error: redis:\/\/.*127\.0\.0\.1:1\/0: /);
    assert.doesNotMatch(away.stderr, /hunter2/);
    const source = emptyStore();
    await flood(source, 1);
    assert.equal((await migrate(source, 'redis://127.0.0.1:1/0', '-a', '-Q', 'celery')).code, 69);
    assert.equal((await contents(source, 'celery')).length, 1);
    const folder = await migrate(`sqlite:///${join(emptyFolder(), 'no', 'folder', 'x.db')}`, 'nosuch://x');
    assert.equal(folder.code, 1);
    assert.match(folder.stderr, /no driver speaks nosuch/);
  });

  test('how far it is, in one line', () => {
    assert.equal(progressLine(120, 240, 40), '━━━━━━━━━━━━────────────  120/240  50 %  40/s  3.0s left');
    assert.equal(progressLine(0, 0, 0), '────────────────────────  0/1  0 %  0/s  ');
    assert.match(progressLine(300, 240, 10), /300\/300 {2}100 %/);
  });

  test('routes of queues', () => {
    assert.deepEqual(
      [...queueRoutes('a, b:c,')],
      [
        ['a', 'a'],
        ['b', 'c'],
      ],
    );
  });
});

suite('lovage migrate: Redis', { concurrency: 2, skip: requireService('redis', { control: true }) }, () => {
  let server: RedisServer;
  let database = 0;
  before(async () => {
    server = await startRedis({ control: true });
  });
  after(() => server.stop());
  const redis = (): string => `redis://127.0.0.1:${server.port}/${database++}`;

  suite('sqlite to redis', () => exam(emptyStore, redis, false));
  suite('redis to sqlite', () => exam(redis, emptyStore, true));
  suite('redis to redis', () => exam(redis, redis, false));

  test('with a prefix of keys on either side', async () => {
    const url = redis();
    const prefixed = [
      '--source-options',
      '{"global_keyprefix": "a:"}',
      '--destination-options',
      '{"global_keyprefix": "b:"}',
    ];
    await using app = new App('a', {
      brokerUrl: url,
      brokerTransportOptions: { global_keyprefix: 'a:' },
      resultBackend: null,
      environment: {},
    });
    await app.sendTask('shop.add');
    const { migrated } = await summary(url, `${url}?`, '-a', '-Q', 'celery', ...prefixed);
    assert.equal(migrated, 1);
  });
});

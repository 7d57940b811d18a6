import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, createLogger, ImproperlyConfigured, nameProcess } from '@lovage/app';
import type { Driver, DriverFactory, DriverOptions } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';

const make = (options: AppOptions) => new App('services', { environment: {}, ...options });

/** A driver that notes what it was created with. */
function noting(schemes: readonly string[], roles: Partial<Driver> = {}) {
  const created: { url: string; options: DriverOptions }[] = [];
  const closed: string[] = [];
  const driver: DriverFactory = {
    schemes,
    create: (url, options) => {
      created.push({ url, options });
      const all: Partial<Driver> = {
        name: 'noting',
        label: `${schemes[0]}://label`,
        broker: () => ({}) as never,
        results: () => ({}) as never,
        close: async () => void closed.push(url),
      };
      return { ...all, ...roles } as Driver;
    },
  };
  return { driver, created, closed };
}

test('broker and results at one URL are one driver; it is closed with the app', async () => {
  const { driver, created, closed } = noting(['one']);
  for (const resultBackend of [undefined, 'one://host']) {
    const app = make({
      brokerUrl: 'one://host',
      resultBackend,
      drivers: [driver],
      brokerConnectionTimeout: 2,
    });
    const drivers = await app.drivers();
    assert.equal(drivers.oneStore, true);
    assert.equal(drivers.resultsLabel, 'one://label');
    assert.equal(await app.drivers(), drivers);
    await app.close();
    await app.close();
    await assert.rejects(app.drivers(), /is closed/);
  }
  assert.equal(created.length, 2);
  assert.equal(created[0]!.options.timeoutMs, 2000);
  assert.deepEqual(closed, ['one://host', 'one://host']);
});

test('results may live elsewhere, with transport options of their own, or nowhere', async () => {
  const broker = noting(['one']);
  const results = noting(['two']);
  const drivers = [broker.driver, results.driver];
  const apart = await make({
    brokerUrl: 'one://a',
    resultBackend: 'two://b',
    brokerTransportOptions: { a: 1 },
    resultBackendTransportOptions: { b: 2 },
    drivers,
  }).drivers();
  assert.deepEqual(
    [apart.oneStore, apart.brokerLabel, apart.resultsLabel],
    [false, 'one://label', 'two://label'],
  );
  assert.deepEqual(broker.created[0]!.options.transport, { a: 1 });
  assert.deepEqual(results.created[0]!.options.transport, { b: 2 });
  // Those of the results are nothing to a store that keeps none.
  assert.equal(broker.created[0]!.options.resultTransport, undefined);
  assert.equal(results.created[0]!.options.resultTtlMs, 86_400_000);
  const off = await make({ brokerUrl: 'one://a', resultBackend: null, drivers }).drivers();
  assert.deepEqual([off.results, off.resultsLabel], [undefined, 'disabled://']);
});

test('revocations are kept where the messages are, else with the results, else nowhere', async () => {
  const [ours, theirs] = [{}, {}] as never[];
  const keeping = (store: unknown) => ({ revocations: () => store as never });
  const open = async (one: Partial<Driver>, two: Partial<Driver>) => {
    const drivers = [noting(['one'], one).driver, noting(['two'], two).driver];
    return make({ brokerUrl: 'one://a', resultBackend: 'two://b', drivers }).drivers();
  };
  assert.equal((await open(keeping(ours), keeping(theirs))).revocations, ours);
  assert.equal((await open({}, keeping(theirs))).revocations, theirs);
  assert.equal((await open({}, {})).revocations, undefined);
});

test('what no driver speaks is refused with what to do, and never with a password', async () => {
  const refused = (brokerUrl: string, options: AppOptions = {}) =>
    make({ brokerUrl, ...options })
      .drivers()
      .then(
        () => assert.fail('opened'),
        (error: Error) => {
          assert.ok(error instanceof ImproperlyConfigured);
          assert.doesNotMatch(error.message, /hunter2/);
          return error.message;
        },
      );
  assert.match(
    await refused('carrier-pigeon://user:hunter2@coop'),
    /no driver speaks carrier-pigeon\. Known are memory, sqlite/,
  );
  assert.match(
    await refused('sqla+mysql://user:hunter2@host/d'),
    /kombu's tables, PostgreSQL is supported alone \(sqla\+postgresql:\/\/\)/,
  );
  assert.match(await refused('localhost'), /which is no URL/);
  const noBroker = noting(['one'], { broker: undefined as never });
  assert.match(await refused('one://x', { drivers: [noBroker.driver] }), /cannot be a broker/);
  const picky: DriverFactory = {
    schemes: ['picky'],
    create: () => {
      throw new DriverError('refused', 'no such option');
    },
  };
  assert.match(await refused('picky://x', { drivers: [picky] }), /^brokerUrl: no such option/);
});

test('drivers are found by their package', async () => {
  const app = make({ brokerUrl: 'memory://services' });
  const { brokerLabel, results, bus, revocations, oneStore } = await app.drivers();
  assert.match(brokerLabel, /^memory:/);
  assert.ok(results && bus && revocations && oneStore);
  await app.close();
});

test('a logger says the name of its process, as it is when the logger is made, or nothing at all', (t) => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  t.after(() => nameProcess('MainProcess'));
  const before = createLogger({ level: 'info', format: 'text', write });
  nameProcess('ForkPoolWorker-3');
  createLogger({ level: 'info', format: 'text', write }).info('a');
  createLogger({ level: 'info', format: 'json', write }).info('b');
  createLogger({ level: 'info', format: 'text', processName: 'Beat', write }).info('c');
  before.info('d');
  const silent = createLogger({ level: 'silent', format: 'text', write });
  silent.child({ taskId: '1' }).error('unheard');
  assert.deepEqual([silent.enabled('error'), lines.length], [false, 4]);
  assert.match(lines[0]!, /INFO\/ForkPoolWorker-3\] a/);
  assert.equal(JSON.parse(lines[1]!).process, 'ForkPoolWorker-3');
  assert.match(lines[2]!, /INFO\/Beat\] c/);
  assert.match(lines[3]!, /INFO\/MainProcess\] d/);
});

test("log lines are Celery's, with the task that speaks, and no password", () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  logger.debug('unheard');
  logger.info('Connected to redis://user:hunter2@host:6379/0', {
    password: 'hunter2',
    url: 'amqp://:hunter2@x',
  });
  logger.child({ taskName: 'shop.pay', taskId: 'id-1' }).warn('slow');
  logger.error('broke', { err: new Error('outer', { cause: new TypeError('inner') }) });
  assert.match(
    lines[0]!,
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: INFO\/MainProcess\] Connected to redis:\/\/user:\*\*@host:6379\/0 password=\*\* url=amqp:\/\/:\*\*@x\n$/,
  );
  assert.match(lines[1]!, /: WARNING\/MainProcess\] shop\.pay\[id-1\]: slow\n$/);
  assert.match(lines[2]!, /ERROR\/MainProcess\] broke\nError: outer\n[\s\S]*caused by TypeError: inner/);
  assert.equal(lines.length, 3);
  assert.deepEqual([logger.enabled('debug'), logger.enabled('info')], [false, true]);
});

test('json lines are one object each', () => {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'debug',
    format: 'json',
    processName: 'Fork-1',
    write: (line) => lines.push(line),
  });
  logger
    .child({ taskId: 'a' })
    .error('broke redis://:hunter2@x', { token: 'hunter2', err: new TypeError('inner') });
  const line = JSON.parse(lines[0]!);
  assert.deepEqual(
    [line.level, line.msg, line.taskId, line.token, line.process, line.err.type, line.err.message],
    [50, 'broke redis://:**@x', 'a', '**', 'Fork-1', 'TypeError', 'inner'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { OperationalError } from '@lovage/app';
import { DriverError } from '@lovage/contracts';
import { unavailable } from './fake-driver.ts';
import { setUp } from './sending-app.ts';

test('bulk sends all calls in one publish', async () => {
  const { app, service } = setUp();
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const results = await app.bulk([
    add.s(1, 2),
    { task: add, args: [3, 4], options: { queue: 'b' } },
    { task: 'py.task' },
  ]);
  assert.equal(service.published.length, 1);
  assert.deepEqual(
    service.published[0]!.map(({ queue }) => queue),
    ['celery', 'b', 'celery'],
  );
  assert.deepEqual(
    results.map(({ id }) => id),
    service.published[0]!.map(({ envelope }) => envelope.id),
  );
  assert.deepEqual(await app.bulk([]), []);
});

test('before and after publishing receivers are told, and may change headers first', async () => {
  const { app, sent } = setUp();
  const told: string[] = [];
  app.signals.beforeTaskPublish.connect(({ headers, properties, routingKey }, sender) => {
    headers['tenant'] = 'a';
    properties.priority = 3;
    told.push(`before ${sender} ${routingKey}`);
  });
  app.signals.afterTaskPublish.connect(({ headers, body }) =>
    told.push(`after ${headers['tenant']} ${body.args}`),
  );
  app.signals.afterTaskPublish.connect(() => told.push('other'), { sender: 't.other' });
  await app.sendTask('t.x', { args: [1] });
  assert.deepEqual(told, ['before t.x celery', 'after a 1']);
  assert.equal(sent().envelope.headers['tenant'], 'a');
  assert.equal(sent().envelope.priority, 3);
});

test('with the broker down every call is rejected in time, the first and the later ones', async () => {
  const { app, service } = setUp({ lovagePublishTimeout: 0.2 });
  for (const publish of [() => Promise.reject(unavailable()), () => new Promise<void>(() => {})]) {
    service.publish = publish;
    for (let call = 0; call < 2; call += 1) {
      await assert.rejects(app.sendTask('t.x'), (error: Error) => {
        assert.ok(error instanceof OperationalError);
        assert.match(error.message, /^the broker fake:\/\/ did not take the call/);
        return true;
      });
    }
  }
});

test('a broker that comes back within the policy takes the call', async () => {
  const { app, service } = setUp({ taskPublishRetryPolicy: { maxRetries: 2, intervalStep: 0.01 } });
  let away = 2;
  const take = service.publish;
  service.publish = (messages) => (away-- > 0 ? Promise.reject(unavailable()) : take(messages));
  await app.sendTask('t.x');
  assert.equal(service.published.length, 1);
  away = 3;
  await assert.rejects(app.sendTask('t.x'), (error: Error) => error.cause instanceof DriverError);
});

test('no second try without taskPublishRetry, with retry: false, or after a refusal', async () => {
  const tries = async (options: AppOptions, call: { retry?: boolean }, error: DriverError) => {
    const { app, service } = setUp(options);
    let count = 0;
    service.publish = () => {
      count += 1;
      return Promise.reject(error);
    };
    await assert.rejects(app.sendTask('t.x', call), OperationalError);
    return count;
  };
  assert.equal(await tries({ taskPublishRetry: false }, {}, unavailable()), 1);
  assert.equal(await tries({}, { retry: false }, unavailable()), 1);
  assert.equal(await tries({}, {}, new DriverError('refused', 'wrong password')), 1);
  assert.equal(
    await tries({ taskPublishRetryPolicy: { maxRetries: 2, intervalStep: 0 } }, {}, unavailable()),
    3,
  );
});

test('two apps in one process do not touch each other', async () => {
  const one = setUp({ taskDefaultQueue: 'one' });
  const two = setUp({ taskDefaultQueue: 'two' });
  const first = one.app.task('t.same', () => 1);
  const second = two.app.task('t.same', () => 2);
  await first.delay();
  await second.delay();
  assert.equal(one.sent().queue, 'one');
  assert.equal(two.sent().queue, 'two');
});

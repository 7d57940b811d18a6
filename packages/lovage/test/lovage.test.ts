import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as lovage from 'lovage';
import { crontab, every, Lovage, sharedTask } from 'lovage';

suite('lovage', () => {
  test('tasks are called and run in one program', async () => {
    await using app = new Lovage('one', { brokerUrl: 'memory://lovage-one' });
    const add = app.task('one.add', (x: number, y: number) => x + y);
    await using worker = await app.worker();
    assert.equal(worker.plan.pool, 'async');
    assert.equal(await (await add.delay(2, 3)).get({ timeout: 10 }), 5);
  });

  test('two apps in one program keep their tasks apart, and share shared ones', async () => {
    const double = sharedTask('lovage.double', (value: number) => value * 2);
    await using mail = new Lovage('mail', { brokerUrl: 'memory://lovage-mail' });
    await using video = new Lovage('video', { brokerUrl: 'memory://lovage-video' });
    mail.task('mail.send', () => 'sent');
    await using _worker = await mail.worker();
    await using _other = await video.worker();
    assert.deepEqual([mail.tasks.has('mail.send'), video.tasks.has('mail.send')], [true, false]);
    for (const app of [mail, video]) {
      assert.equal(await (await double.on(app).delay(21)).get({ timeout: 10 }), 42);
    }
  });

  test('a worker that cannot start says why, and leaves nothing behind', async () => {
    await using app = new Lovage('bad', { brokerUrl: 'memory://lovage-bad' });
    await assert.rejects(app.worker({ concurrency: 0 }), /concurrency must be a whole number from 1, not 0/);
    await assert.rejects(app.worker({ pool: 'prefork' }), /appModule/);
  });

  test('periodic tasks are declared, sent, run and changed in one program', async () => {
    await using app = new Lovage('periodic', {
      brokerUrl: 'memory://lovage-periodic',
      beatSchedule: { nightly: { task: 'periodic.add', schedule: crontab({ hour: 2 }), args: [1, 2] } },
    });
    const ran = Promise.withResolvers<number>();
    app.task({ name: 'periodic.tick', schedule: { schedule: 0.05, args: [7] } }, (n: number) =>
      ran.resolve(n),
    );
    await using _worker = await app.worker();
    await using _beat = await app.beat();
    assert.equal(await ran.promise, 7);
    await app.periodicTasks.create('often', { task: 'periodic.tick', schedule: every({ hours: 1 }) });
    const all = await app.periodicTasks.list();
    assert.deepEqual(
      all.map(({ name, origin }) => [name, origin]),
      [
        ['nightly', 'code'],
        ['often', 'runtime'],
        ['periodic.tick', 'code'],
      ],
    );
  });

  // What is exported is a promise to users: adding or taking away is a decision, not an accident.
  test('exports these values', () => {
    assert.deepEqual(Object.keys(lovage).sort(), [
      'AlreadyRegistered',
      'AsyncResult',
      'ClusterState',
      'ContentDisallowed',
      'DeadLetterNotFound',
      'GroupResult',
      'Ignore',
      'ImproperlyConfigured',
      'InvalidArguments',
      'InvalidCall',
      'InvalidEntry',
      'InvalidSchedule',
      'LockLost',
      'LockNotAcquired',
      'Lovage',
      'LovageError',
      'MaxRetriesExceededError',
      'NotRegistered',
      'OperationalError',
      'PeriodicTaskChanged',
      'PeriodicTaskExists',
      'PeriodicTaskUnknown',
      'QueueNotFound',
      'Reject',
      'Retry',
      'Signature',
      'SoftTimeLimitExceeded',
      'TaskError',
      'TaskRevokedError',
      'TimeLimitExceeded',
      'TimeoutError',
      'WorkerLostError',
      'WouldBlockError',
      'chain',
      'chord',
      'clocked',
      'crontab',
      'currentTask',
      'every',
      'group',
      'sharedTask',
      'solar',
    ]);
  });
});

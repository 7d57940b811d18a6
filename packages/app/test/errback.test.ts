import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  AlreadyRegistered,
  departureOfErrbacks,
  Errback,
  ImproperlyConfigured,
  InvalidArguments,
  TaskError,
} from '@lovage/app';
import { FAILURE_HEADER, readBody, readFailure, readHeaders } from '@lovage/protocol';
import { Declined, failure, failureIn, listening, make, run, told } from './errback-scene.ts';

suite('an error callback is defined', { concurrency: true }, () => {
  test('as a task is, by name or with options, and found among the tasks', () => {
    const app = make();
    const alert = app.errback(
      { name: 'alerts.failed', maxRetries: 7, queue: 'alerts' },
      (_request, _error) => null,
    );
    assert.ok(alert instanceof Errback);
    const task = app.tasks.get('alerts.failed')!;
    assert.deepEqual([task.isErrback, task.options.maxRetries, task.options.queue], [true, 7, 'alerts']);
    assert.match(task.file, /errback\.test\.ts$/);
    assert.throws(() => app.task('alerts.failed', () => 1), AlreadyRegistered);
    assert.throws(() => app.errback('alerts', () => 1), /needs its full, dotted name/);
    assert.throws(() => app.errback({ name: 'a.b', maxRetry: 1 } as never, () => 1), ImproperlyConfigured);
    assert.throws(() => app.errback('a.b', 5 as never), /needs a function/);
    assert.equal(app.task('a.task', () => 1).name, 'a.task');
    assert.equal(app.tasks.get('a.task')!.isErrback, false);
  });

  test('its signature is that of a task, with its own arguments', () => {
    const { app, alert } = listening();
    const other = app.errback('alerts.other', () => null);
    const dict = alert.s('#ops', 2).set({ queue: 'alerts' }).linkError(other.s()).toJSON();
    assert.deepEqual([dict.task, dict.args, dict.immutable], ['alerts.failed', ['#ops', 2], false]);
    assert.deepEqual([dict.options['queue'], dict.options['link_error']], ['alerts', [other.s().toJSON()]]);
    assert.deepEqual(alert.signature(['x'], { countdown: 5 }).toJSON().options, { countdown: 5 });
  });
});

suite('an error callback is given', { concurrency: true }, () => {
  test('what its message tells: the call, the error, the traceback, then its own arguments', async () => {
    const { app, given } = listening();
    const outcome = await run(app, 'alerts.failed', { args: ['failed-1', '#ops', 2], headers: told(app) });
    assert.equal(outcome.kind, 'succeeded');
    const [{ request, error, traceback, own }] = given as [(typeof given)[number]];
    assert.ok(error instanceof TaskError);
    assert.deepEqual(
      [error.type, error.module, error.message, error.traceback],
      ['Declined', 'js', 'no', 'the stack'],
    );
    assert.deepEqual([traceback, own], ['the stack', ['#ops', 2]]);
    assert.deepEqual(request, failure(app).request);
    assert.deepEqual(
      [request.id, request.task, request.args, request.kwargs, request.queue, request.retries],
      ['failed-1', 'shop.charge', [7], { currency: 'eur' }, 'payments', 0],
    );
    assert.deepEqual([request.argsrepr, request.rootId, request.headers], ['(7,)', 'root-1', { trace: 'x' }]);
  });

  test('its own arguments also where the signature was immutable', async () => {
    const { app, given } = listening();
    await run(app, 'alerts.failed', { args: ['#ops'], headers: told(app) });
    assert.deepEqual([given[0]!.own, given[0]!.request.id], [['#ops'], 'failed-1']);
  });

  test('with bind, self first; with params and schema, what these make of its own arguments', async () => {
    const app = make();
    const seen: unknown[] = [];
    app.errback(
      { name: 'alerts.bound', bind: true },
      (self, request, _error, _traceback, channel: string) => {
        seen.push([self.request.id, request.id, channel]);
      },
    );
    app.errback(
      { name: 'alerts.named', params: ['channel', 'level'] },
      (request, _error, _traceback, ...own: string[]) => {
        seen.push([request.id, ...own]);
      },
    );
    await run(app, 'alerts.bound', { args: ['failed-1', '#ops'], headers: told(app) });
    await run(app, 'alerts.named', {
      args: ['failed-1', '#ops'],
      kwargs: { level: 'high' },
      headers: told(app),
    });
    assert.deepEqual(seen, [
      ['errback-1', 'failed-1', '#ops'],
      ['failed-1', '#ops', 'high'],
    ]);
    const checked: string[] = [];
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) =>
          (value as unknown[])[0] === '#ops'
            ? { value: ['#OPS'] }
            : { issues: [{ message: 'no such channel' }] },
      },
    } as const;
    app.errback(
      { name: 'alerts.checked', schema },
      (_request, _error, _traceback, channel: string) => void checked.push(channel),
    );
    await run(app, 'alerts.checked', { args: ['failed-1', '#ops'], headers: told(app) });
    assert.deepEqual(checked, ['#OPS']);
    const refused = await run(app, 'alerts.checked', { args: ['failed-1', 'x'], headers: told(app) });
    assert.ok(failureIn(refused) instanceof InvalidArguments);
  });

  test('and is retried as a task is', async () => {
    const app = make();
    app.errback({ name: 'alerts.flaky', autoretryFor: [Declined], retryKwargs: { countdown: 0 } }, () => {
      throw new Declined('not yet');
    });
    assert.equal((await run(app, 'alerts.flaky', { headers: told(app) })).kind, 'retry');
    const last = await run(app, 'alerts.flaky', { headers: { ...told(app), retries: 3 } });
    assert.ok(failureIn(last) instanceof Declined);
  });
});

suite('the messages of error callbacks', { concurrency: true }, () => {
  const opened = (departing: ReturnType<typeof departureOfErrbacks>) =>
    departing.messages.map(({ envelope }) => ({
      ...readHeaders(envelope),
      args: readBody(envelope, { accept: new Set(['application/json']), maxBytes: 1e6 }).args,
    }));

  test('are those of Celery, one group, and tell the failure to those that may take it', () => {
    const { app, alert } = listening();
    app.task('alerts.old', (id: string) => id);
    const old = app.signature('alerts.old', ['x']).toJSON();
    const elsewhere = app.signature('other.failed').toJSON();
    const [first, second, third, ...more] = opened(
      departureOfErrbacks(app, [alert.s('#ops').toJSON(), old, elsewhere, old], failure(app)),
    );
    assert.deepEqual(more, [], 'each once');
    assert.deepEqual(
      [first!.args, second!.args, third!.args],
      [['failed-1', '#ops'], ['failed-1', 'x'], ['failed-1']],
    );
    for (const each of [first!, second!, third!]) {
      assert.deepEqual([each.parentId, each.rootId], ['failed-1', 'root-1']);
      assert.ok(each.group !== null && each.group === first!.group);
    }
    assert.deepEqual(second!.custom, {}, 'a task that takes the id only is known here');
    for (const each of [first!, third!]) {
      assert.deepEqual(Object.keys(each.custom), [FAILURE_HEADER]);
      assert.deepEqual(readFailure(each.custom[FAILURE_HEADER]), failure(app));
    }
  });

  test('of one that cannot be sent are missing, not those of the others', () => {
    const { app, alert } = listening();
    const broken = { ...alert.s().toJSON(), task: 'celery.chord', subtask_type: 'chord' };
    const departing = departureOfErrbacks(app, [broken, alert.s('#ops').toJSON()], failure(app));
    assert.deepEqual(
      opened(departing).map(({ task }) => task),
      ['alerts.failed'],
    );
    assert.equal(departing.unsent.length, 1);
    assert.match(departing.unsent[0]!, /^celery\.chord: /);
    assert.deepEqual(departureOfErrbacks(app, [broken], failure(app)).messages, []);
  });

  test('of a workflow tell its first task', () => {
    const { app, alert } = listening();
    const chain = {
      ...alert.s().toJSON(),
      task: 'celery.chain',
      kwargs: { tasks: [alert.s('#ops').toJSON(), app.signature('t.then').toJSON()] },
      subtask_type: 'chain',
    };
    const [first, ...more] = opened(departureOfErrbacks(app, [chain], failure(app)));
    assert.deepEqual([first!.task, first!.args, more.length], ['alerts.failed', ['failed-1', '#ops'], 0]);
    assert.ok(readFailure(first!.custom[FAILURE_HEADER]));
  });
});

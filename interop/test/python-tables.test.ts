import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GroupResult, group, type Lovage, TaskError } from 'lovage';
import { requireService, startPostgres, startRedis } from '../../tools/services.ts';
import type { PythonWorker } from '../python.ts';
import { python, pythonWorker } from '../python.ts';
import { asked, KINDS, type Kind, tablesOf } from '../python-tables.ts';

const skip =
  requireService('redis') ||
  requireService('postgres') ||
  requireService('celery') ||
  requireService('django');

describe("results in python's tables", { skip, timeout: 170_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  before(async () => {
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  });
  after(async () => {
    await redis?.stop();
    await postgres?.stop();
  });

  for (const kind of Object.keys(KINDS) as Kind[]) {
    describe(kind, () => {
      let tables: Awaited<ReturnType<typeof tablesOf>>;
      let app: Lovage;
      let ours: Awaited<ReturnType<Lovage['worker']>>;
      let theirs: PythonWorker;

      before(async () => {
        const database = kind.replace(/\W/g, '_');
        tables = await tablesOf(kind, { redis, postgres, database });
        app = tables.app(true);
        app.task('ts.add', (x: number, y: number) => x + y);
        app.task('ts.echo', (...args: (string | number | boolean | null | number[])[]) => args);
        app.task('ts.fail', (text: string): number => {
          throw new TypeError(text);
        });
        app.task({ name: 'ts.progress', bind: true }, async (self) => {
          await self.updateState('PROGRESS', { done: 1, note: 'é☃' });
          // Until somebody has seen it.
          while ((await redisFlag(self.request.id)) === null) await new Promise((go) => setTimeout(go, 10));
          return 'seen';
        });
        app.task({ name: 'ts.parent', bind: true }, async (self) => {
          await self.app.sendTask('ts.add', { args: [1, 1] });
          return 'parent';
        });
        theirs = await pythonWorker({ ...tables.peer, extended: true });
        ours = await app.worker({ concurrency: 4 });
      });
      after(async () => {
        await ours?.stop();
        await theirs?.stop();
        await app?.close();
      });

      /** What Python has set under the id of a task, in the broker. */
      async function redisFlag(id: string): Promise<unknown> {
        const rows = await asked<{ seen: boolean }>(
          tables.url,
          `select to_regclass('seen_${id.replaceAll('-', '_')}') is not null as seen`,
        );
        return rows[0]!.seen ? true : null;
      }

      const theirCall = (name: string, ...args: unknown[]) => app.sendTask(name, { args, queue: 'py' });

      test('we read what a worker of Python keeps', async () => {
        assert.equal(await (await theirCall('py.add', 2, 3)).get({ timeout: 30 }), 5);
        const value = ['é☃𝄞', 1.5, null, true, -7, 2 ** 40, { a: [{}] }];
        const echoed = await (await theirCall('py.echo', ...value)).get({ timeout: 30 });
        assert.deepEqual(echoed, { args: value, kwargs: {} });
        assert.equal(await (await theirCall('py.list', null as never)).get({ timeout: 30 }), null);

        const failing = await theirCall('py.denied', 'ada', 'no badge');
        await assert.rejects(failing.get({ timeout: 30 }), (error: TaskError) => {
          assert.ok(error instanceof TaskError);
          assert.deepEqual([error.type, error.args], ['Denied', ['ada', 'no badge']]);
          assert.match(error.traceback ?? '', /Traceback \(most recent call last\)[\s\S]*tasks\.py/);
          return true;
        });
        const meta = await failing.meta();
        assert.equal(meta?.status, 'FAILURE');
        assert.ok(Math.abs(Date.parse(meta.dateDone!) - Date.now()) < 600_000, meta.dateDone!);
        assert.deepEqual([meta.name, meta.worker?.split('@')[0]], ['py.denied', 'py-py']);
        // Of django-celery-results the text that the message has of them.
        assert.deepEqual(meta.args, kind === 'django-db' ? "('ada', 'no badge')" : ['ada', 'no badge']);
        if (kind === 'db+postgresql') assert.deepEqual([meta.retries, meta.queue], [0, 'py']);
        await failing.forget();
        assert.equal(await failing.state(), 'PENDING');
      });

      test('Python reads what our worker keeps', async () => {
        const seen = await python<Record<string, unknown>>(
          { ...tables.peer, extended: true },
          `
import datetime
added = send('ts.add', 2, 3, queue='celery')
value = ['é☃', 1.5, None, True, -7, 2**40, [2**31, -2**31]]
echoed = send('ts.echo', *value, queue='celery')
failing = send('ts.fail', 'broken', queue='celery')
answer = {
    'added': outcome(added), 'echoed': outcome(echoed)['value'] == value, 'none': outcome(send('ts.echo', None, queue='celery'))['value'],
    'failed': outcome(failing), 'parent': outcome(send('ts.parent', queue='celery'))['value'],
    'aware': abs((added.date_done.replace(tzinfo=None) - datetime.datetime.utcnow()).total_seconds()) < 600,
}
meta = added._get_task_meta()
answer['meta'] = {name: meta.get(name) for name in ('task_name', 'name', 'args', 'kwargs', 'worker', 'retries', 'queue')}
added.forget()
answer['forgotten'] = added.state`,
        );
        assert.deepEqual(seen['added'], { value: 5, state: 'SUCCESS' });
        assert.deepEqual(
          [seen['echoed'], seen['none'], seen['parent'], seen['aware']],
          [true, [null], 'parent', true],
        );
        const failed = seen['failed'] as Record<string, unknown>;
        assert.deepEqual(
          [failed['type'], failed['text'], failed['state']],
          ['TypeError', 'broken', 'FAILURE'],
        );
        assert.match(String(failed['traceback']), /TypeError: broken/);
        const { task_name: taskName, name, worker, ...meta } = seen['meta'] as Record<string, unknown>;
        assert.equal(kind === 'django-db' ? taskName : name, 'ts.add');
        assert.match(String(worker), /@/);
        assert.deepEqual(meta, { args: [2, 3], kwargs: {}, retries: 0, queue: 'celery' });
        assert.equal(seen['forgotten'], 'PENDING');
      });

      test('Python sees a state on the way', async () => {
        const seen = await python<unknown[]>(
          tables.peer,
          `
import time, psycopg2, os
from urllib.parse import urlsplit
result = send('ts.progress', queue='celery')
while result.state != 'PROGRESS':
    time.sleep(0.02)
first = [result.state, result.info]
with psycopg2.connect(${JSON.stringify(tables.url)}) as connection:
    connection.cursor().execute('create table seen_' + result.id.replace('-', '_') + ' ()')
answer = [*first, result.get(timeout=20)]`,
        );
        assert.deepEqual(seen, ['PROGRESS', { done: 1, note: 'é☃' }, 'seen']);
      });

      test('we see a state on the way of theirs', async () => {
        let seen: unknown;
        // Some may be skipped, so go on until one was not.
        for (let steps = 8; seen === undefined; steps *= 2) {
          const result = await theirCall('py.progress', steps);
          for await (const { state, info } of result.updates()) {
            if (state === 'PROGRESS') seen = [(info as { total: number }).total, steps];
          }
          assert.equal(await result.get(), steps);
        }
        assert.equal((seen as number[])[0], (seen as number[])[1]);
      });

      if (kind === 'django-db') {
        test("Django's admin shows what ran here", async () => {
          const headers = { periodic_task_name: 'by header' };
          const result = await app.sendTask('ts.echo', { args: ['shown é☃'], headers });
          await result.get({ timeout: 30 });
          const group = await GroupResult.restore(app, await savedGroup());
          const pages = await python<{
            list: string;
            one: string;
            groups: string;
            expired: number[];
            periodic: string[];
          }>(
            tables.peer,
            `
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django_celery_results.models import GroupResult, TaskResult

def page(model, *args):
    request = RequestFactory().get('/admin/')
    request.user = User(username='ada', is_active=True, is_staff=True, is_superuser=True)
    view = admin.site._registry[model]
    response = view.change_view(request, *args) if args else view.changelist_view(request)
    return response.render().content.decode()

admin.autodiscover()
nightly = send('ts.add', 1, 1, queue='celery', periodic_task_name='by property')
nightly.get(timeout=20)
row = TaskResult.objects.get(task_id=${JSON.stringify(result.id)})
before = TaskResult.objects.count()
TaskResult.objects.filter(pk=row.pk).update(date_done='2020-01-01T00:00Z')
answer = {'list': page(TaskResult), 'one': page(TaskResult, str(row.pk)), 'groups': page(GroupResult)}
app.backend.cleanup()
answer['periodic'] = [row.periodic_task_name, TaskResult.objects.get(task_id=nightly.id).periodic_task_name]
answer['expired'] = [before - TaskResult.objects.count(), TaskResult.objects.filter(pk=row.pk).count()]`,
          );
          for (const text of [result.id, 'ts.echo', 'SUCCESS']) assert.ok(pages.list.includes(text), text);
          for (const text of [result.id, 'shown é☃', 'application/json']) {
            assert.ok(pages.one.includes(text), text);
          }
          assert.ok(pages.groups.includes(group!.id));
          assert.deepEqual(pages.expired, [1, 0]);
          assert.deepEqual(pages.periodic, ['by header', 'by property']);
        });
      }

      async function savedGroup(): Promise<string> {
        const result = await group([app.signature('ts.add', [1, 1])]).applyAsync();
        return (await result.save()).id;
      }

      test('a group that we save is restored in Python, and the reverse', async () => {
        const ourGroup = await group([
          app.signature('ts.add', [1, 1]),
          app.signature('py.add', [2, 2], { queue: 'py' }),
        ]).applyAsync();
        await ourGroup.save();
        const seen = await python<{ values: unknown; id: string; own: string }>(
          tables.peer,
          `
from celery.result import GroupResult
restored = GroupResult.restore(${JSON.stringify(ourGroup.id)}, app=app)
own = group(signature('ts.add', (3, 3), app=app, queue='celery'), signature('py.add', (4, 4), app=app, queue='py'))()
own.save()
answer = {'values': restored.get(timeout=20), 'id': restored.id, 'own': own.id}`,
        );
        assert.deepEqual([seen.values, seen.id], [[2, 4], ourGroup.id]);
        const theirGroup = await GroupResult.restore(app, seen.own);
        assert.deepEqual(await theirGroup?.get({ timeout: 20 }), [6, 8]);
        await theirGroup?.forget();
        // Its members' results are gone; what says that they are a group too.
        assert.equal(
          await python(
            tables.peer,
            `
from celery.result import GroupResult
answer = GroupResult.restore(${JSON.stringify(seen.own)}, app=app)`,
          ),
          null,
        );
      });
    });
  }
});

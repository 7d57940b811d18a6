import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Beat, PeriodicTasks } from '@lovage/beat';
import type { Lovage } from 'lovage';
import { requireService, startPostgres, startRedis } from '../../tools/services.ts';
import { beatTables, celeryBeat } from '../django-beat.ts';
import { type PythonWorker, python, pythonWorker } from '../python.ts';
import { asked } from '../python-tables.ts';
import { keptLog, until } from '../watching.ts';

const skip =
  requireService('redis') ||
  requireService('postgres') ||
  requireService('celery') ||
  requireService('django-celery-beat');

/** Of each entry, as Python sees it. */
const ROWS = `{row.name: [row.enabled, row.total_run_count, row.last_run_at and row.last_run_at.isoformat(timespec='milliseconds')]
  for row in PeriodicTask.objects.all()}`;
type Rows = Record<string, [enabled: boolean, runs: number, lastRun: string | null]>;

describe('beside django-celery-beat', { skip, timeout: 170_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let tables: Awaited<ReturnType<typeof beatTables>>;
  let app: Lovage;
  let ours: Awaited<ReturnType<Lovage['worker']>>;
  let theirs: PythonWorker;
  const { lines, logger } = keptLog();
  /** What our worker ran: the entry that each message names, and its argument. */
  const ran: unknown[][] = [];
  /** What our beats sent. */
  const sent: { readonly name: string; readonly id: string; readonly due: Date }[] = [];
  const sentOf = (name: string) => sent.filter((run) => run.name === name);
  const ranOf = (name: string) => ran.filter(([entry]) => entry === name);

  const startBeat = async () => {
    const beat = new Beat(app, { maxIntervalMs: 100, log: logger, onSent: (run) => sent.push(run) });
    await beat.start();
    return beat;
  };

  before(async () => {
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    tables = await beatTables({ redis, postgres, database: 'beat' });
    app = tables.app();
    app.task({ name: 'ts.note', bind: true }, (self, what: string) => {
      ran.push([self.request.headers?.['periodic_task_name'], what]);
      return what;
    });
    [ours, theirs] = await Promise.all([app.worker(), pythonWorker(tables.peer)]);
  });
  after(async () => {
    await ours?.stop();
    await theirs?.stop();
    await app?.close();
    await redis?.stop();
    await postgres?.stop();
  });

  test('what Django has is run here, and what makes no sense is told of', async () => {
    const complaints = await python(
      tables.peer,
      `
import datetime
from zoneinfo import ZoneInfo
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask
from django_admin import add

now = timezone.now()
ago = now - datetime.timedelta(hours=2)
second, hour = [IntervalSchedule.objects.create(every=1, period=period) for period in ('seconds', 'hours')]
due = (now - datetime.timedelta(hours=1)).astimezone(ZoneInfo('Asia/Kolkata'))
daily = CrontabSchedule.objects.create(minute=str(due.minute), hour=str(due.hour), timezone='Asia/Kolkata')
yearly = CrontabSchedule.objects.create(minute='0', hour='0', day_of_month='1', month_of_year='1')
soon, gone = [ClockedSchedule.objects.create(clocked_time=now + datetime.timedelta(seconds=each)) for each in (2, -3600)]

answer = add(PeriodicTask, name='admin', task='ts.note', interval=second.pk, args='["é☃"]', kwargs='{}', headers='{}', enabled='on')

def make(name, **fields):
    fields = {'task': 'ts.note', 'args': '["%s"]' % name, **fields}
    return PeriodicTask(name=name, **fields)

for row in (
    make('crontab', crontab=daily, last_run_at=ago), make('yearly', crontab=yearly, last_run_at=now),
    make('clocked', clocked=soon, one_off=True), make('clocked in the past', clocked=gone, one_off=True),
    make('of python', interval=hour, last_run_at=ago, task='py.add', args='[2, 3]', queue='py', headers='{"a": 1}'),
    make('off', interval=second, enabled=False), make('not yet', interval=second, start_time=now + datetime.timedelta(days=1)),
):
    row.save()
PeriodicTask.objects.bulk_create([
    make('broken args', interval=second, args='[1'), make('two schedules', interval=second, clocked=soon),
])`,
    );
    assert.deepEqual(complaints, []);

    await using beat = await startBeat();
    const once = ['crontab', 'clocked', 'clocked in the past', 'of python'];
    await until(
      'all that is due was sent',
      () => once.every((name) => sentOf(name).length > 0) && sentOf('admin').length > 1,
    );
    for (const name of once) assert.equal(sentOf(name).length, 1, name);
    await until('our worker ran it', () => ranOf('admin').length > 1 && ranOf('clocked').length > 0);
    assert.deepEqual(ranOf('admin')[0], ['admin', 'é☃']);
    const [run] = sentOf('of python');
    assert.equal(await app.asyncResult(run!.id).get({ timeout: 30 }), 5);
    for (const name of ['yearly', 'off', 'not yet', 'broken args', 'two schedules'])
      assert.deepEqual([sentOf(name), ranOf(name)], [[], []], name);
    assert.equal(beat.status.unreadable, 2);
    assert.match(lines.join('\n'), /entry "broken args": args is no JSON/);
    assert.match(lines.join('\n'), /entry "two schedules": interval and clocked are both set/);
  });

  test('Django sees what ran and what we make, and what it disables runs no more', async () => {
    await using _ = await startBeat();
    const periodic = new PeriodicTasks(app);
    await periodic.create('ours', {
      ...{ task: 'ts.note', schedule: 1, args: ['ours'], kwargs: {}, description: 'Made in TypeScript ☃' },
      options: { queue: 'celery', priority: 3, headers: { why: 'x' }, expires: 600 },
    });
    await periodic.update('yearly', { schedule: { hours: 1 }, args: ['changed'] });
    await periodic.delete('off');
    const seen = await python<
      Record<'rows' | 'ours' | 'yearly', unknown> & { disabled: number; pages: string[] }
    >(
      tables.peer,
      `
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry
from django_admin import act, page

PeriodicTask.objects.create(name='while it runs', task='ts.note', interval=PeriodicTask.objects.get(name='admin').interval, args='["x"]')
yearly, theirs = [PeriodicTask.objects.get(name=each) for each in ('yearly', 'of python')]
act(PeriodicTask, 'disable_tasks', PeriodicTask.objects.filter(name='admin'))
row = PeriodicTask.objects.get(name='ours')
row.clean(); row.full_clean()
entry = ModelEntry(row, app=app)
answer = {
    'rows': ${ROWS}, 'disabled': PeriodicTask.objects.get(name='admin').total_run_count,
    'ours': [row.task, repr(entry.schedule), entry.args, entry.kwargs, entry.options, row.description, str(row)],
    'yearly': [yearly.crontab_id, yearly.interval_id == theirs.interval_id, yearly.args],
    'pages': [page(PeriodicTask), page(PeriodicTask, str(row.pk))],
}`,
    );
    const rows = seen.rows as Rows;
    assert.deepEqual([seen.yearly, 'off' in rows], [[null, true, '["changed"]'], false]);
    assert.deepEqual(seen.ours, [
      'ts.note',
      '<freq: 1.00 second>',
      ['ours'],
      {},
      {
        ...{ queue: 'celery', priority: 3, expires: 600, headers: { why: 'x' } },
        periodic_task_name: 'ours',
      },
      'Made in TypeScript ☃',
      'ours: every second',
    ]);
    for (const page of seen.pages) assert.ok(page.includes('ours'));
    assert.ok(seen.pages[1]!.includes('Made in TypeScript ☃'));
    for (const name of ['crontab', 'clocked', 'clocked in the past', 'of python']) {
      const [run] = sentOf(name);
      const at = run!.due.toISOString().replace('Z', '+00:00');
      assert.deepEqual(rows[name], [!name.startsWith('clocked'), 1, at], name);
    }
    assert.deepEqual(rows['not yet'], [true, 0, null]);

    const before = sentOf('ours').length;
    await until('the others ran again', () => sentOf('ours').length > before + 1);
    await until('what Django made was noticed', () => sentOf('while it runs').length > 0);
    const runs = await asked<{ runs: number }>(
      tables.url,
      `select total_run_count as runs from django_celery_beat_periodictask where name = 'admin'`,
    );
    assert.deepEqual(runs, [{ runs: seen.disabled }]);
    assert.equal(sentOf('admin').length, seen.disabled);
  });

  test('celery beat goes on where ours ended, and ours where that ended', async () => {
    // Due again for whoever comes next.
    await asked(
      tables.url,
      `update django_celery_beat_periodictask set last_run_at = now() - interval '2 hours' where name = 'crontab'`,
    );
    const ourRuns = sentOf('crontab').length;
    const python = celeryBeat(tables.peer);
    try {
      await until(`celery beat sent them:\n${python.log.join('\n')}`, () =>
        ['ours', 'crontab'].every((name) => python.sent(name) > 0),
      );
      await new PeriodicTasks(app).create('made meanwhile', {
        ...{ task: 'ts.note', schedule: 1, args: ['x'] },
        options: { queue: 'celery' },
      });
      await until('celery beat noticed', () => python.sent('made meanwhile') > 0);
      assert.equal(python.sent('crontab'), 1);
      for (const name of ['of python', 'clocked', 'clocked in the past', 'yearly', 'admin', 'not yet', 'off'])
        assert.equal(python.sent(name), 0, name);
    } finally {
      await python.stop();
    }
    await until('our worker ran what it sent', () => ranOf('made meanwhile').length > 0);

    await using _ = await startBeat();
    const before = sentOf('made meanwhile').length;
    await until('ours went on', () => sentOf('made meanwhile').length > before + 1);
    assert.equal(sentOf('crontab').length, ourRuns);
    for (const name of ['of python', 'clocked', 'clocked in the past'])
      assert.equal(sentOf(name).length, 1, name);
  });
});

/** Periodic tasks: entries beside tasks and in beatSchedule, and what changes them. */
import { clocked, crontab, every, Lovage, type PeriodicTask, solar } from 'lovage';
import { same } from './app.ts';

const app = new Lovage('beat', {
  beatSchedule: {
    seconds: { task: 'types.a', schedule: 30 },
    timedelta: { task: 'types.a', schedule: { hours: 6, minutes: 30 }, args: [1, 'b'], kwargs: { c: 2 } },
    interval: { task: 'types.a', schedule: { every: 10, period: 'minutes' } },
    crontab: { task: 'types.a', schedule: crontab({ minute: '*/15', hour: [8, 9] }), missed: 'run-all' },
    sun: { task: 'types.a', schedule: solar('sunset', 50, 14), options: { queue: 'slow', expires: 60 } },
  },
});

const tick = app.task({ name: 'types.tick', schedule: 30 }, (n: number) => n);
app.task({ name: 'types.cron', schedule: crontab({ hour: 2 }), acksLate: true }, () => 1);
app.task(
  { name: 'types.bound', bind: true, schedule: every({ days: 1 }, { relative: true }) },
  (self) => self.name,
);
app.task(
  {
    name: 'types.several',
    schedule: [
      { name: 'one', schedule: clocked('2030-01-01T00:00:00Z'), args: [1], overlap: 'skip', oneOff: true },
      { name: 'two', schedule: { minutes: 5 }, options: { queue: 'slow', headers: { a: 1 } } },
      { schedule: 30, startTime: new Date(), description: 'under the name of the task' },
    ],
  },
  (n?: number) => n,
);

await app.periodicTasks.create('made', { task: tick, schedule: every(5), args: [1] });
const changed = await app.periodicTasks.update('made', { schedule: { hours: 1 }, description: null });
same<typeof changed, PeriodicTask>();
same<typeof changed.next, Date | undefined>();
const beat = await app.beat({
  onSent: ({ id, lateMs }) => same<[typeof id, typeof lateMs], [string, number]>(),
});
same<typeof beat.status.phase, 'starting' | 'following' | 'leading' | 'stopped'>();

// @ts-expect-error: an entry needs a task
new Lovage('beat', { beatSchedule: { a: { schedule: 30 } } });
// @ts-expect-error: and a schedule
new Lovage('beat', { beatSchedule: { a: { task: 'types.a' } } });
// @ts-expect-error: a text is no schedule
new Lovage('beat', { beatSchedule: { a: { task: 'types.a', schedule: '* * * * *' } } });
// @ts-expect-error: a policy that there is not
new Lovage('beat', { beatSchedule: { a: { task: 'types.a', schedule: 30, overlap: 'never' } } });
// @ts-expect-error: a text is no schedule beside a task either
app.task({ name: 'types.wrong', schedule: 'hourly' }, () => 1);
// @ts-expect-error: the task is the one that it stands beside
app.task({ name: 'types.wrong', schedule: { task: 'types.tick', schedule: 30 } }, () => 1);
// @ts-expect-error: an option of one call, which no run could share
app.task({ name: 'types.wrong', schedule: { schedule: 30, options: { taskId: '1' } } }, () => 1);
// @ts-expect-error: the fields are those of a crontab
crontab({ minutes: 5 });
// @ts-expect-error: an event that there is not
solar('moonrise', 50, 14);

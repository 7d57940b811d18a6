/** Settings, signals and signatures. */
import { App } from '@lovage/app';
import { app, same } from './app.ts';

new App('settings', { brokerUrl: 'redis://localhost', taskAcksLate: true, workerConcurrency: null });
same<typeof app.conf.taskAcksLate, boolean>();
same<typeof app.conf.workerConcurrency, number | null>();
same<typeof app.conf.taskSerializer, 'json' | 'yaml'>();
same<typeof app.conf.resultBackend, string | null | undefined>();
same<typeof app.conf.acceptContent, readonly string[]>();
app.signals.taskFailure.connect(({ taskId, exception }, sender) => {
  same<typeof taskId, string>();
  same<typeof exception, unknown>();
  same<typeof sender, string | null>();
});

// @ts-expect-error: a setting nobody knows
new App('settings', { brokerURL: 'redis://localhost' });
// @ts-expect-error: a setting of the wrong type
new App('settings', { taskAcksLate: 'yes' });
// @ts-expect-error: one of the choices
new App('settings', { taskSerializer: 'pickle' });
// @ts-expect-error: one that Celery has and Lovage does not act upon
new App('settings', { brokerPoolLimit: 10 });
// @ts-expect-error: settings are read only
app.conf.taskAcksLate = true;
// @ts-expect-error: a signal nobody sends
app.signals.taskExploded.connect(() => {});
// @ts-expect-error: its payload has no such field
app.signals.taskSuccess.connect(({ exception }) => exception);

const add = app.task('types.settings.add', (x: number, y: number) => x + y);
const format = app.task('types.settings.format', (value: number, unit: string) => `${value} ${unit}`);
add.s(1, 2);
add.s(2);
add.s();
add.si(1, 2);
add.applyAsync([1, 2], { link: format.s('EUR'), linkError: [format.si(0, 'x')] });

// @ts-expect-error: a signature's arguments are the task's last ones
format.s(5);
// @ts-expect-error: immutable signatures get nothing in front, so nothing may be missing
add.si(1);
// @ts-expect-error: a task is no signature
add.applyAsync([1, 2], { link: format });

import { arch, release, type } from 'node:os';
import { relative } from 'node:path';
import type { App } from '@lovage/app';
import type { WorkerPlan } from '@lovage/worker';
import { paint } from '../output/paint.ts';
import { storeLabels } from '../store-labels.ts';
import { version } from '../version.ts';

/** What a worker says of itself when it starts, in the words of Celery's. Passwords in URLs are hidden. */
export function banner(app: App, plan: WorkerPlan, file: string, beat: boolean): string {
  const { transport, results } = storeLabels(app);
  const section = (title: string): string => paint('bold', `[${title}]`);
  const line = (name: string, value: string): string =>
    `${paint('green', '.>')} ${`${name}:`.padEnd(12)} ${value}`;
  const names = [...app.tasks.keys()].sort();
  return [
    '',
    `${paint(['bold', 'green'], plan.hostname)}  ${paint('dim', `lovage v${version()}`)}`,
    paint('dim', `${type()} ${release()} ${arch()} · Node ${process.version} · ${now()}`),
    '',
    section('config'),
    line('app', `${app.name} (${relative(process.cwd(), file) || file})`),
    line('transport', transport),
    line('results', results),
    line('concurrency', `${slots(plan)} (${plan.pool})`),
    line('task events', plan.taskEvents ? 'ON' : 'OFF (enable -E to monitor tasks in this worker)'),
    ...(beat ? [line('beat', `ON (${app.conf.beatScheduler})`)] : []),
    '',
    section('queues'),
    ...plan.queues.map((name) => `${paint('green', '.>')} ${name}`),
    '',
    section('tasks'),
    ...(names.length > 0 ? names.map((name) => ` . ${name}`) : [' (none)']),
    '',
  ].join('\n');
}

/** How many tasks it runs at once. */
function slots({ autoscale, concurrency }: WorkerPlan): string {
  return autoscale ? `{min=${autoscale.min}, max=${autoscale.max}}` : String(concurrency);
}

/** `2026-01-02 03:04:05`, local time. */
function now(): string {
  const date = new Date();
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
}

import { relative } from 'node:path';
import type { App, PeriodicStore } from '@lovage/app';
import { duration } from '../output/durations.ts';
import { paint } from '../output/paint.ts';
import { storeLabels } from '../store-labels.ts';
import { version } from '../version.ts';

export interface BeatPlan {
  /** The module that makes the app. */
  readonly file: string;
  readonly store: PeriodicStore;
  /** Of the code. */
  readonly entries: number;
  readonly logFile: string | undefined;
}

/** As `beatMaxLoopInterval` 0 means it. */
const MAX_INTERVAL_S = 5;

/** What beat says of itself when it starts, in the form of Celery's. Passwords in URLs are hidden. */
export function beatBanner(app: App, { file, store, entries, logFile }: BeatPlan): string {
  const { beatScheduler, beatMaxLoopInterval, lovageLogLevel, timezone } = app.conf;
  const maxInterval = beatMaxLoopInterval || MAX_INTERVAL_S;
  const line = (name: string, value: string): string =>
    `    ${paint('green', '.')} ${`${name} ->`.padEnd(14)} ${value}`;
  return [
    `${paint(['bold', 'green'], 'lovage beat')} ${paint('dim', `v${version()}`)} is starting.`,
    `LocalTime -> ${new Date().toLocaleString('sv')}`,
    'Configuration ->',
    line('app', `${app.name} (${relative(process.cwd(), file) || file})`),
    line('broker', storeLabels(app).transport),
    line('store', `${store.label} (${store.chosenBy})`),
    line('scheduler', beatScheduler),
    line('entries', `${entries} in the code`),
    line('timezone', timezone),
    line('logfile', `${logFile ?? '[stderr]'}@%${lovageLogLevel.toUpperCase()}`),
    line('max interval', duration(maxInterval)),
    '',
  ].join('\n');
}

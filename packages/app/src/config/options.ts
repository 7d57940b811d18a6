/** Every setting of Celery and of Lovage, as data. The types, checks, names and reference page all come from here. */

import { BEAT, BEAT_NOT_HERE } from './options/beat.ts';
import { LOVAGE } from './options/lovage.ts';
import { BACKENDS_NOT_HERE } from './options/not-here/backends.ts';
import { STORES_NOT_HERE } from './options/not-here/stores.ts';
import { TASKS_NOT_HERE } from './options/not-here/tasks.ts';
import { STORES } from './options/stores.ts';
import { TASKS } from './options/tasks.ts';
import { WORKERS } from './options/workers.ts';
import type { Setting } from './setting.ts';

export const OPTIONS = {
  // What Lovage acts upon.
  ...STORES,
  ...TASKS,
  ...WORKERS,
  ...BEAT,
  ...LOVAGE,

  // What Celery has and this version has not. Only values that change nothing are taken.
  ...BEAT_NOT_HERE,
  ...STORES_NOT_HERE,
  ...TASKS_NOT_HERE,
  ...BACKENDS_NOT_HERE,
} as const satisfies Readonly<Record<string, Setting>>;

/** The name of a setting, in camelCase. */
export type SettingName = keyof typeof OPTIONS;

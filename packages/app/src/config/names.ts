import { nearest } from '@lovage/contracts/kit';
import type { SettingName } from './options.ts';
import { OPTIONS } from './options.ts';
import type { Setting } from './setting.ts';

/** `taskAcksLate` as Celery writes it: `task_acks_late`. */
export const snakeCase = (camel: string): string =>
  camel.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

/** `task_acks_late` as TypeScript writes it: `taskAcksLate`. */
export const camelCase = (snake: string): string =>
  snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The name of a setting before Celery 4. */
export function oldName(name: SettingName): string {
  const { old } = OPTIONS[name] as Setting;
  return old ?? snakeCase(name).toUpperCase();
}

export const SETTING_NAMES = Object.keys(OPTIONS) as readonly SettingName[];

const BY_PLAIN_NAME = new Map<string, SettingName>();
const BY_OLD_NAME = new Map<string, SettingName>();
for (const name of SETTING_NAMES) {
  BY_PLAIN_NAME.set(name, name).set(snakeCase(name), name);
  BY_OLD_NAME.set(oldName(name), name);
}

/** The setting called `broker_url` or `brokerUrl`. */
export const byPlainName = (name: string): SettingName | undefined => BY_PLAIN_NAME.get(name);

/** The setting called `BROKER_URL` or `CELERYD_CONCURRENCY` before Celery 4. */
export const byOldName = (name: string): SettingName | undefined => BY_OLD_NAME.get(name);

/** How a setting is written where it was looked for, so that a hint can be copied. */
export type Spelling = (name: SettingName) => string;

export const plainSpelling: Spelling = (name) => name;
export const namespacedSpelling =
  (prefix: string): Spelling =>
  (name) =>
    prefix + snakeCase(name).toUpperCase();

/** "; did you mean taskAcksLate?", or nothing when no name is near. */
export function suggestion(unknown: string, spelling: Spelling): string {
  const old = byOldName(unknown);
  if (old) return `; since Celery 4 it is ${spelling(old)}`;
  const candidates = SETTING_NAMES.map(spelling);
  const found = nearest(unknown, candidates);
  return found ? `; did you mean ${found}?` : '';
}

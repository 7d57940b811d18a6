import { maskUrls, nearest, OPTIONS, oldName, SETTING_NAMES, type Setting, snakeCase } from '@lovage/app';
import type { Assignment } from './assignments.ts';

type SettingName = (typeof SETTING_NAMES)[number];

/** What became of one setting of a Python file. */
export interface Upgraded {
  /** Its name in the file. */
  readonly name: string;
  readonly line: number;
  /** Ours; undefined for a name that looks like Celery's and is none. */
  readonly setting: SettingName | undefined;
  /**
   * 'taken': it is in the settings. 'default': Lovage does that anyway, so it is left out. Left out and kept as a comment:
   * 'not-built': Lovage does not act upon it. 'unread': only Python can tell its value. 'wrong': Lovage does not take
   * that value. 'unknown': Celery has no such setting. 'overridden': it is set again below.
   */
  readonly outcome: 'taken' | 'default' | 'not-built' | 'unread' | 'wrong' | 'unknown' | 'overridden';
  /** Why, and what to do; '' where there is nothing to say. */
  readonly note: string;
  readonly value?: unknown;
  /** As it is written in Python. */
  readonly source: string;
}

/** In the order of their precedence: no name is that of two settings. */
const BY_NAME = new Map<string, SettingName>();
for (const name of SETTING_NAMES) {
  const snake = snakeCase(name);
  for (const spelling of [snake, snake.toUpperCase(), `CELERY_${snake.toUpperCase()}`])
    BY_NAME.set(spelling, name);
}
for (const name of SETTING_NAMES) BY_NAME.set(oldName(name), name);

/** The setting of that name: since Celery 4, before it, or with the namespace CELERY of Django. */
export const settingNamed = (name: string): SettingName | undefined => BY_NAME.get(name);

/** What these assignments mean here; those of names that are not Celery's are left out. */
export function upgraded(assignments: readonly Assignment[]): Upgraded[] {
  const mine = assignments.filter(({ name }) => settingNamed(name) ?? /^CELERY|^BROKER_/.test(name));
  return mine.map((assignment, at) => {
    const setting = settingNamed(assignment.name);
    const { name, line, source } = assignment;
    const base = { name, line, source, setting };
    if (
      setting &&
      mine.slice(at + 1).some((later) => !later.nested && settingNamed(later.name) === setting)
    ) {
      return { ...base, outcome: 'overridden', note: 'it is set again below' };
    }
    return { ...base, ...(setting ? outcomeOf(setting, assignment) : unknown(name)) };
  });
}

type Outcome = Pick<Upgraded, 'outcome' | 'note' | 'value'>;

function unknown(name: string): Outcome {
  const near = nearest(name, [...BY_NAME.keys()]);
  const hint = near ? `; did you mean ${near}?` : '';
  return { outcome: 'unknown', note: `Celery has no such setting${hint}` };
}

function outcomeOf(name: SettingName, { literal, nested }: Assignment): Outcome {
  const setting: Setting = OPTIONS[name];
  const instead = setting.status === 'celery-only' ? `Lovage does not act upon it: ${setting.instead}` : '';
  if (!literal.read) {
    const why = nested ? 'only Python knows whether this is run' : 'only Python can tell its value';
    return { outcome: 'unread', note: [why, instead].filter((part) => part !== '').join('; ') };
  }
  const { value } = literal;
  if (setting.status === 'celery-only') {
    const harmless = [setting.default, ...(setting.same ?? [])].some((each) => isSame(each, value));
    return harmless
      ? { outcome: 'default', note: 'Lovage does that anyway' }
      : { outcome: 'not-built', note: instead };
  }
  if (name === 'imports' || name === 'include') {
    return {
      outcome: 'not-built',
      note: 'these are modules of Python: name those of your tasks in TypeScript',
    };
  }
  const read = setting.kind.read(value);
  return 'wrong' in read
    ? { outcome: 'wrong', note: `${name} ${read.wrong}, not ${shown(value)}` }
    : { outcome: 'taken', note: '', value };
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const shown = (value: unknown): string => maskUrls(JSON.stringify(value) ?? String(value));

import type { Kind } from './kinds.ts';

/** One line of the table of settings that Lovage acts upon. */
export interface BuiltSetting<T, Input = T> {
  readonly status: 'built';
  readonly kind: Kind<T, Input>;
  readonly default: T;
  /** What it is for; a sentence of the reference page. */
  readonly doc: string;
  readonly unit?: string;
  /** Its name before Celery 4, where it is not CELERY_ and the new name in capitals. */
  readonly old?: string;
  /** How the reference page shows a default that has no literal of its own. */
  readonly shownDefault?: string;
}

/** A setting that Celery has and this version of Lovage does not act upon. Only values that change nothing pass. */
export interface CeleryOnlySetting {
  readonly status: 'celery-only';
  /** Celery's default: giving it is no wish for anything. */
  readonly default: unknown;
  /** Values that ask for what Lovage does anyway. */
  readonly same?: readonly unknown[];
  /** Why it is not here, and what to do instead. */
  readonly instead: string;
  readonly old?: string;
}

export type Setting = BuiltSetting<unknown, unknown> | CeleryOnlySetting;

export const built = <T, Input>(
  kind: Kind<T, Input>,
  byDefault: NoInfer<T>,
  doc: string,
  more: Pick<BuiltSetting<T>, 'unit' | 'old' | 'shownDefault'> = {},
): BuiltSetting<T, Input> => ({ status: 'built', kind, default: byDefault, doc, ...more });

export const celeryOnly = (
  byDefault: unknown,
  instead: string,
  more: Pick<CeleryOnlySetting, 'same' | 'old'> = {},
): CeleryOnlySetting => ({ status: 'celery-only', default: byDefault, instead, ...more });

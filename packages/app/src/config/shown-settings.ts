import { isDeepStrictEqual } from 'node:util';
import { maskUrl } from '@lovage/contracts/kit';
import { isoUtc, saferepr } from '@lovage/protocol';
import { SETTING_NAMES, snakeCase } from './names.ts';
import { OPTIONS } from './options.ts';
import type { Setting } from './setting.ts';
import type { Settings } from './settings.ts';

/** Celery's own list of what may be secret, and more. It hides harmless settings too, as there. */
const SECRET = /api|token|key|secret|pass|pwd|profanities_list|signature|database|credential|authorization/i;
const HIDDEN = '********';
/** Objects inside objects that are shown. */
const MAX_DEPTH = 8;
const MAX_REPR = 1024;

/**
 * The settings in force, in the order of the table, fit to be shown: no secret, no password of a URL, and what JSON
 * cannot carry as text. Without `withDefaults`, those that differ from their defaults; with it, also those that only
 * Celery acts upon. Under Celery's names, or ours.
 */
export function shownSettings(
  conf: Settings,
  { withDefaults = false, names = 'celery' }: { withDefaults?: boolean; names?: 'celery' | 'ours' } = {},
): Record<string, unknown> {
  const table: Readonly<Record<string, Setting>> = OPTIONS;
  const given: Readonly<Record<string, unknown>> = conf;
  const shown: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const byDefault = table[name]?.default;
    const value = Object.hasOwn(given, name) ? given[name] : byDefault;
    if (!withDefaults && isDeepStrictEqual(value, byDefault)) continue;
    shown[names === 'ours' ? name : snakeCase(name)] = shownSetting(snakeCase(name), value);
  }
  return shown;
}

/** One setting, or what stands in it under a name. */
export function shownSetting(name: string, value: unknown): unknown {
  return SECRET.test(name) ? HIDDEN : shownValue(value, 0);
}

function shownValue(value: unknown, depth: number): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value.includes('://') ? maskUrl(value) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return isoUtc(value.getTime());
  if (depth >= MAX_DEPTH) return '...';
  if (Array.isArray(value)) return value.map((each) => shownValue(each, depth + 1));
  if (value instanceof Map) return shownEntries([...value], depth);
  if (typeof value === 'object' && isPlain(value)) return shownEntries(Object.entries(value), depth);
  if (saysItself(value)) return shownValue(value.toJSON(), depth + 1);
  return value instanceof RegExp ? String(value) : saferepr(value, { maxLength: MAX_REPR });
}

/** As a schedule of beat does. */
function saysItself(value: unknown): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function shownEntries(entries: readonly (readonly [unknown, unknown])[], depth: number) {
  return Object.fromEntries(
    entries.map(([key, each]) => {
      const name = String(key);
      return [name, SECRET.test(name) ? HIDDEN : shownValue(each, depth + 1)];
    }),
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

import { isDeepStrictEqual } from 'node:util';
import { maskUrls, OPTIONS, type Setting, type Settings } from '@lovage/app';

/** Names under which a secret may stand, in settings and in the options inside them. */
const SECRET = /api|token|key$|secret|passw|signature|credential/i;
const HIDDEN = '********';

/** The settings that differ from their defaults, with secrets hidden. */
export function changedSettings(settings: Settings): Record<string, unknown> {
  const table: Readonly<Record<string, Setting>> = OPTIONS;
  const changed = Object.entries(settings).filter(
    ([name, value]) => !isDeepStrictEqual(value, table[name]?.default),
  );
  return Object.fromEntries(changed.map(([name, value]) => [name, hideSecrets(name, value)]));
}

function hideSecrets(name: string, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (SECRET.test(name)) return HIDDEN;
  if (typeof value === 'string') return maskUrls(value);
  if (Array.isArray(value)) return value.map((each) => hideSecrets('', each));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, each]) => [inner, hideSecrets(inner, each)]));
}

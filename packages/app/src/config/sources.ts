import type { Spelling } from './names.ts';
import { byOldName, byPlainName, namespacedSpelling, plainSpelling, snakeCase, suggestion } from './names.ts';
import type { SettingName } from './options.ts';
import { OPTIONS } from './options.ts';
import type { Setting } from './setting.ts';

/** One value of one setting, and where it was given. */
export interface Given {
  readonly name: SettingName;
  readonly value: unknown;
  /** For people: "CELERY_BROKER_URL (environment)". */
  readonly where: string;
}

/** What one source of settings says, and what is wrong with it. */
export interface Source {
  readonly given: readonly Given[];
  readonly problems: readonly string[];
}

/** Variables of Celery's command line that are no settings. */
const NOT_SETTINGS = new Set([
  'CELERY_APP',
  'CELERY_BIN',
  'CELERY_CONFIG_MODULE',
  'CELERY_LOADER',
  'CELERY_LOG_LEVEL',
  'CELERY_RDBSIG',
  'CELERY_WORKER_REVOKES_MAX',
  'CELERY_WORKER_REVOKE_EXPIRES',
  'CELERY_WORKER_SUCCESSFUL_MAX',
  'CELERY_WORKER_SUCCESSFUL_EXPIRES',
]);

/** What the constructor was given: our names only, all of them known to the compiler but not to JavaScript. */
export function fromOptions(options: Readonly<Record<string, unknown>>, place: string): Source {
  return collect(Object.entries(options), place, (key) => byPlainName(key), plainSpelling);
}

/**
 * An object of settings under any of Celery's names. With a namespace, keys of that prefix are settings, and so are
 * new names without it; every other key belongs to somebody else. Without one, each key must be a setting.
 */
export function fromObject(object: Readonly<Record<string, unknown>>, namespace?: string): Source {
  const place = 'configFromObject';
  if (!namespace) {
    return collect(Object.entries(object), place, (key) => byPlainName(key) ?? byOldName(key), plainSpelling);
  }
  const prefix = prefixOf(namespace);
  const mine = Object.entries(object).filter(([key]) => key.startsWith(prefix) || byPlainName(key));
  return collect(mine, place, namespacedLookup(prefix), namespacedSpelling(prefix));
}

/** Texts from the environment, read by the kind of each setting. Keys without the prefix belong to somebody else. */
export function fromEnvironment(env: Environment, namespace: string): Source {
  const prefix = prefixOf(namespace);
  const mine = Object.entries(env).filter(([key]) => key.startsWith(prefix) && !NOT_SETTINGS.has(key));
  return parsed(collect(mine, 'environment', namespacedLookup(prefix), namespacedSpelling(prefix)));
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the environment says to every app: CELERY_BROKER_URL and CELERY_RESULT_BACKEND, as in Celery, and any setting
 * as LOVAGE_<NAME>. A LOVAGE_ name that no setting has may be somebody else's, unless it looks like a slip.
 */
export function fromAmbientEnvironment(env: Environment): Source {
  const entries = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const celery = entries.filter(([key]) => key === 'CELERY_BROKER_URL' || key === 'CELERY_RESULT_BACKEND');
  const ours = entries.filter(
    ([key]) => key.startsWith('LOVAGE_') && (ambientName(key) || suggestion(key, ambientSpelling) !== ''),
  );
  const source = (some: typeof entries, lookup: Lookup) =>
    parsed(collect(some, 'environment', lookup, ambientSpelling));
  const first = source(celery, namespacedLookup('CELERY_'));
  const second = source(ours, ambientName);
  return { given: [...first.given, ...second.given], problems: [...first.problems, ...second.problems] };
}

/** `LOVAGE_LEASE_SECONDS` for lovageLeaseSeconds, `LOVAGE_TASK_ACKS_LATE` for taskAcksLate. */
export const ambientSpelling: Spelling = (name) => {
  const upper = snakeCase(name).toUpperCase();
  return upper.startsWith('LOVAGE_') ? upper : `LOVAGE_${upper}`;
};

const ambientName: Lookup = (key) => {
  const rest = key.slice('LOVAGE_'.length).toLowerCase();
  return byPlainName(rest) ?? byPlainName(`lovage_${rest}`);
};

type Lookup = (key: string) => SettingName | undefined;

const prefixOf = (namespace: string): string => (namespace.endsWith('_') ? namespace : `${namespace}_`);

const namespacedLookup =
  (prefix: string): Lookup =>
  (key) =>
    key.startsWith(prefix) ? byPlainName(key.slice(prefix.length).toLowerCase()) : byPlainName(key);

function collect(
  entries: readonly (readonly [string, unknown])[],
  place: string,
  lookup: Lookup,
  spelling: Spelling,
): Source {
  const given = new Map<SettingName, Given & { readonly key: string }>();
  const problems: string[] = [];
  for (const [key, value] of entries) {
    const name = lookup(key);
    if (!name) {
      problems.push(`${key} (${place}) is no setting${suggestion(key, spelling)}`);
      continue;
    }
    const before = given.get(name);
    if (before && !sameValue(before.value, value)) {
      problems.push(
        `${before.key} and ${key} (${place}) are one setting, given two values: keep one of them`,
      );
      continue;
    }
    if (value !== undefined) given.set(name, { name, value, key, where: `${key} (${place})` });
  }
  return { given: [...given.values()], problems };
}

const sameValue = (one: unknown, other: unknown): boolean =>
  Object.is(one, other) || JSON.stringify(one) === JSON.stringify(other);

/** Texts become values; those of settings that are not built stay texts, and are refused or pass as such. */
function parsed({ given, problems }: Source): Source {
  const values = given.map((each) => {
    const setting: Setting = OPTIONS[each.name];
    return setting.status === 'built' ? { ...each, value: setting.kind.fromText(String(each.value)) } : each;
  });
  return { given: values, problems };
}

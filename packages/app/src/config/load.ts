import { ImproperlyConfigured } from '../errors.ts';
import { maskUrls } from '../logger/mask.ts';
import { crossCheck } from './cross-check.ts';
import { SETTING_NAMES, snakeCase } from './names.ts';
import { OPTIONS } from './options.ts';
import type { CeleryOnlySetting, Setting } from './setting.ts';
import type { Settings } from './settings.ts';
import type { Given, Source } from './sources.ts';

/**
 * The settings that these sources make, the later ones winning, checked and frozen.
 * @throws ImproperlyConfigured naming everything that is wrong, a line each
 */
export function loadSettings(sources: readonly Source[]): Settings {
  const problems = sources.flatMap((source) => source.problems);
  const given = new Map(sources.flatMap((source) => source.given.map((each) => [each.name, each] as const)));
  const values: Record<string, unknown> = {};

  for (const name of SETTING_NAMES) {
    const setting: Setting = OPTIONS[name];
    const one = given.get(name);
    if (setting.status === 'celery-only') {
      if (one && !changesNothing(setting, one.value)) {
        problems.push(
          `${one.where} is Celery's ${snakeCase(name)}, which Lovage does not act upon: ${setting.instead}`,
        );
      }
    } else if (!one) {
      values[name] = setting.default;
    } else {
      const read = setting.kind.read(one.value);
      if ('wrong' in read) problems.push(`${one.where} ${read.wrong}, not ${shown(one)}`);
      else values[name] = read.value;
    }
  }
  if (problems.length === 0) problems.push(...crossCheck(values as unknown as Settings));
  if (problems.length > 0) {
    throw new ImproperlyConfigured(
      `the configuration cannot work:\n${problems.map((line) => `- ${line}`).join('\n')}`,
    );
  }
  return Object.freeze(values) as unknown as Settings;
}

function changesNothing(setting: CeleryOnlySetting, value: unknown): boolean {
  return [setting.default, ...(setting.same ?? [])].some(
    (harmless) => JSON.stringify(harmless) === JSON.stringify(value) || String(harmless) === value,
  );
}

function shown({ value }: Given): string {
  if (typeof value === 'function') return 'a function';
  return maskUrls(JSON.stringify(value) ?? String(value));
}

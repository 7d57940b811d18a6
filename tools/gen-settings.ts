/**
 * Writes docs/reference/settings.md from the table of settings; with --check, fails when it is not current.
 *
 *   node --conditions=lovage-source tools/gen-settings.ts [--check]
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuiltSetting, Setting } from '@lovage/app';
import { ambientSpelling, OPTIONS, oldName, SETTING_NAMES, snakeCase } from '@lovage/app';

const PAGE = join(import.meta.dirname, '..', 'docs', 'reference', 'settings.md');

const INTRODUCTION = `# Settings

Made by \`tools/gen-settings.ts\` from the table in \`packages/app/src/config/options.ts\`: change it there.

Every setting can be given to the constructor (\`new Lovage('shop', { taskAcksLate: true })\`), to
\`app.configFromObject()\` in any of Celery's spellings (\`taskAcksLate\`, \`task_acks_late\`, with the namespace \`CELERY\` as
\`CELERY_TASK_ACKS_LATE\`, without one under its name before Celery 4), or in the environment as \`LOVAGE_TASK_ACKS_LATE\`.
The environment wins over \`configFromObject\`, and that over the constructor; \`CELERY_BROKER_URL\` and
\`CELERY_RESULT_BACKEND\` count as they do in Celery. A name that nobody knows, or a value of the wrong type, is refused
when the app first looks at its settings, with all that is wrong in one error.
`;

function page(): string {
  const rows = SETTING_NAMES.map((name) => ({ name, setting: OPTIONS[name] as Setting }));
  const ours = rows.filter(({ setting }) => setting.status === 'built');
  const celery = ours.filter(({ name }) => !name.startsWith('lovage'));
  const lovage = ours.filter(({ name }) => name.startsWith('lovage'));
  const rest = rows.flatMap(({ name, setting }) =>
    setting.status === 'celery-only'
      ? [`| \`${snakeCase(name)}\` | ${code(setting.default)} | ${setting.instead} |`]
      : [],
  );
  return [
    INTRODUCTION,
    "## Celery's settings that Lovage acts upon\n",
    ...table(celery),
    "\n## Lovage's own\n",
    ...table(lovage),
    `
## Celery's settings that Lovage does not act upon

Giving one of these another value than Celery's default is refused, never ignored.

| setting | Celery's default | instead |
|---|---|---|`,
    ...rest,
    '',
  ].join('\n');
}

function table(rows: readonly { readonly name: string; readonly setting: Setting }[]): string[] {
  return [
    '| setting | environment, old name | value | default | meaning |',
    '|---|---|---|---|---|',
    ...rows.map(({ name, setting }) =>
      row(name as (typeof SETTING_NAMES)[number], setting as BuiltSetting<unknown, unknown>),
    ),
  ];
}

function row(name: (typeof SETTING_NAMES)[number], setting: BuiltSetting<unknown, unknown>): string {
  const { kind, default: byDefault, unit, doc, shownDefault } = setting;
  const old = name.startsWith('lovage') ? '' : `<br>\`${oldName(name)}\``;
  const shown = shownDefault ?? code(byDefault) + (unit && byDefault !== null ? ` ${unit}` : '');
  return `| \`${name}\` | \`${ambientSpelling(name)}\`${old} | ${kind.says} | ${shown} | ${doc} |`;
}

const code = (value: unknown): string =>
  `\`${value === Number.POSITIVE_INFINITY ? 'Infinity' : JSON.stringify(value)}\``;

const text = page();
if (process.argv.includes('--check')) {
  const current = await readFile(PAGE, 'utf8').catch(() => '');
  if (current !== text) {
    console.error(
      'docs/reference/settings.md is not current: run node --conditions=lovage-source tools/gen-settings.ts',
    );
    process.exitCode = 1;
  }
} else {
  await mkdir(dirname(PAGE), { recursive: true });
  await writeFile(PAGE, text);
}

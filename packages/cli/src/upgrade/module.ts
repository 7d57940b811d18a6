import { basename } from 'node:path';
import { inspect } from 'node:util';
import type { Upgraded } from './rename.ts';

/** A TypeScript module with the settings that could be taken over, and a comment for each that could not. */
export function settingsModule(file: string, settings: readonly Upgraded[]): string {
  const body = settings.map((each) => (each.outcome === 'taken' ? taken(each) : leftOut(each)));
  return [
    "import type { SettingsInput } from 'lovage';",
    '',
    `/** From ${basename(file).replaceAll('*/', '* /')}, by \`lovage upgrade settings\`. */`,
    'const settings: SettingsInput = {',
    ...body.map((text) => text.replace(/^(?=.)/gm, '  ')),
    '};',
    '',
    'export default settings;',
    '',
  ].join('\n');
}

function taken({ setting, value }: Upgraded): string {
  return `${setting}: ${literal(value)},`;
}

/** Data as TypeScript writes it. */
function literal(value: unknown): string {
  const whole = Number.POSITIVE_INFINITY;
  return inspect(value, { depth: whole, maxArrayLength: whole, maxStringLength: whole, breakLength: 100 });
}

function leftOut({ name, source, note }: Upgraded): string {
  return `${name} = ${source}\n(${note})`.replace(/^/gm, '// ').replace(/[ \t]+$/gm, '');
}

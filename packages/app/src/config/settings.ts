import type { OPTIONS } from './options.ts';
import type { BuiltSetting } from './setting.ts';

type Table = typeof OPTIONS;

/** The names of the settings that Lovage acts upon. */
export type BuiltName = {
  [Name in keyof Table]: Table[Name] extends { status: 'built' } ? Name : never;
}[keyof Table];

type ValueOf<S> = S extends BuiltSetting<infer T, infer _> ? T : never;
type InputOf<S> = S extends BuiltSetting<infer _, infer Input> ? Input : never;

/** Every setting with its value: what `app.conf` is. Frozen. */
export type Settings = { readonly [Name in BuiltName]: ValueOf<Table[Name]> };

/** Settings as a program gives them: any of them, in camelCase. */
export type SettingsInput = { readonly [Name in BuiltName]?: InputOf<Table[Name]> | undefined };

import { arch, release, type } from 'node:os';
import { inspect } from 'node:util';
import type { App } from '@lovage/app';
import { shownSettings } from '@lovage/app';
import { paint } from './output/paint.ts';
import { pairs } from './output/table.ts';
import { storeLabels } from './store-labels.ts';
import { version } from './version.ts';

/** What a bug report should say of an app and of the machine under it. */
export interface Report {
  readonly software: Readonly<Record<string, string>>;
  readonly platform: Readonly<Record<string, string>>;
  readonly app: { readonly name: string; readonly module: string | null; readonly tasks: readonly string[] };
  readonly stores: { readonly transport: string; readonly results: string };
  /** Settings that differ from their defaults, secrets hidden. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export function report(app: App, file: string | undefined): Report {
  const { node, v8, openssl, sqlite } = process.versions;
  return {
    software: { lovage: version(), node, v8, openssl, sqlite: sqlite ?? 'none' },
    platform: { system: type(), release: release(), arch: arch() },
    app: { name: app.name, module: file ?? null, tasks: [...app.tasks.keys()].sort() },
    stores: storeLabels(app),
    settings: shownSettings(app.conf, { names: 'ours' }),
  };
}

/** The same for people, in the manner of Celery's. */
export function reportText({ software, platform, app, stores, settings }: Report): string {
  const versions = Object.entries(software).map(([name, value]) => `${name}:${value}`);
  const machine = Object.entries(platform).map(([name, value]) => `${name}:${value}`);
  const changed = Object.entries(settings).map(
    ([name, value]) => [name, inspect(value, { depth: 6 })] as const,
  );
  return [
    '',
    `software -> ${versions.join(' ')}`,
    `platform -> ${machine.join(' ')}`,
    `app      -> ${app.name}${app.module === null ? '' : ` (${app.module})`}, ${app.tasks.length} tasks`,
    `settings -> transport:${stores.transport} results:${stores.results}`,
    '',
    changed.length === 0 ? paint('dim', 'Every setting is at its default.') : pairs(changed),
    '',
  ].join('\n');
}

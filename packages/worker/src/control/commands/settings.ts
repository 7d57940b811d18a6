import { arch, release, type } from 'node:os';
import type { App } from '@lovage/app';
import { shownSettings } from '@lovage/app';
import { maskUrl } from '@lovage/contracts/kit';
import { saferepr } from '@lovage/protocol';
import { version } from '../../software.ts';
import type { Command } from '../command.ts';
import { ok } from '../command.ts';

export const settingCommands: readonly Command[] = [
  {
    name: 'conf',
    alias: 'dump_conf',
    optional: ['with_defaults'],
    run: ({ panel }, { with_defaults: withDefaults }) =>
      shownSettings(panel.app.conf, { withDefaults: withDefaults === true }),
  },
  {
    name: 'report',
    strict: true,
    run: ({ panel }) => ok(reportText(panel.app)),
  },
];

/** What a bug report should say, in the manner of Celery's. */
function reportText(app: App): string {
  const { conf } = app;
  const { node, v8, openssl } = process.versions;
  const results = conf.resultBackend === null ? 'disabled' : maskUrl(conf.resultBackend ?? conf.brokerUrl);
  const changed = Object.entries(shownSettings(conf));
  return [
    '',
    `software -> lovage:${version()} node:${node}`,
    `            v8:${v8} openssl:${openssl}`,
    `platform -> system:${type()} arch:${arch()}`,
    `            kernel version:${release()} imp:Node.js`,
    `app      -> ${app.name}, ${app.tasks.size} tasks`,
    `settings -> transport:${conf.brokerUrl.split(':', 1)[0]} results:${results}`,
    '',
    ...changed.map(([name, value]) => `${name}: ${saferepr(value)}`),
    '',
  ].join('\n');
}

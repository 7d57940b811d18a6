import type { Logger } from '@lovage/app';
import type { ScheduleChange, ScheduleStore } from '@lovage/contracts';
import { type Entry, formOf } from '../entries/index.ts';
import { changeFor, vanishing } from './changes.ts';

export interface SyncOptions {
  /** The name of the app whose code it is. */
  readonly app: string;
  readonly log: Logger;
  /** The app's. */
  readonly timezone: string;
  /** Epoch ms. */
  readonly now: () => number;
  /** What was changed at run time is put back to what the code says. */
  readonly codeOnly?: boolean;
}

/** Names of the entries that were put. */
export interface SyncReport {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
}

/** What others change at the same time is looked at again so often. */
const ATTEMPTS = 20;

/** So many changes in one step. */
const AT_ONCE = 1000;

/**
 * Takes the code's entries into the store: puts only what differs, keeps whether an operator has enabled them, and marks
 * those that are in the code no more. Any number of beats may do so at once.
 * @throws DriverError while the store is away
 */
export async function syncFromCode(
  store: ScheduleStore,
  entries: readonly Entry[],
  { app, timezone, log, now, codeOnly = false }: SyncOptions,
): Promise<SyncReport> {
  const form = formOf(store.traits, timezone);
  const done = { created: new Set<string>(), changed: new Set<string>(), vanished: new Set<string>() };
  for (let attempt = 1; ; attempt += 1) {
    const rows = new Map((await store.list()).map((row) => [row.name, row]));
    const context = { form, app, log, codeOnly, now: now() };
    const wanted = new Set(entries.map(({ name }) => name));
    const changes: (readonly [keyof typeof done, ScheduleChange])[] = [];
    for (const entry of entries) {
      const row = rows.get(entry.name);
      const change = changeFor(entry, row, context);
      if (change) changes.push([row ? 'changed' : 'created', change]);
    }
    for (const row of rows.values()) {
      const change = wanted.has(row.name) ? undefined : vanishing(row, context);
      if (change) changes.push(['vanished', change]);
    }
    const answers = await putAll(
      store,
      changes.map(([, change]) => change),
    );
    for (const [index, [what, { name }]] of changes.entries()) if (answers[index]) done[what].add(name);
    if (answers.every(Boolean)) break;
    if (attempt === ATTEMPTS) {
      const left = changes.filter((_, index) => !answers[index]).map(([, { name }]) => name);
      log.error(
        `beat: entries of the code are changed by others all the time, and stay as they are: ${left.join(', ')}`,
      );
      break;
    }
  }
  const report = { created: [...done.created], changed: [...done.changed], vanished: [...done.vanished] };
  say(report, log);
  return report;
}

async function putAll(store: ScheduleStore, changes: readonly ScheduleChange[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (let at = 0; at < changes.length; at += AT_ONCE)
    answers.push(...(await store.put(changes.slice(at, at + AT_ONCE))));
  return answers;
}

function say({ created, changed, vanished }: SyncReport, log: Logger): void {
  if (created.length > 0) log.info(`beat: new in the code: ${some(created)}`);
  if (changed.length > 0) log.info(`beat: changed as the code says: ${some(changed)}`);
  if (vanished.length > 0)
    log.warn(
      `beat: no longer in the code, kept, and not run: ${some(vanished)} ('lovage schedule prune' removes them)`,
    );
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}

/**
 * The SQLite driver alone, with messages of Celery's size: `node --conditions=lovage-source bench/micro/sqlite.ts [?option=value] [round...]`.
 * Prints calls per second; figures for orientation, not a test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driver } from '@lovage/sqlite';
import { runRounds } from './rounds.ts';

const wanted = process.argv.slice(2).filter((each) => !each.startsWith('?'));
const query = process.argv.find((each) => each.startsWith('?')) ?? '';
const folder = mkdtempSync(join(tmpdir(), 'lovage-bench-'));
const store = driver.create(`sqlite:///${folder}/bench.db${query}`, {});
await store.open();
await runRounds(store.broker!(), store.results!(), wanted);
await store.close();
rmSync(folder, { recursive: true });

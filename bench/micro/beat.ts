/**
 * One beat with 100,000 entries: memory, what it costs to have nothing to do, and how late runs are sent.
 * Run: node --expose-gc --conditions=lovage-source bench/micro/beat.ts [URL of a store] [entries] [seconds of each phase]
 * The store is emptied of nothing: give a new one. Default: SQLite in a new folder.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { App } from '@lovage/app';
import { Beat, crontab, type EntryInput, encodeEntry, readEntry } from '@lovage/beat';
import { quantile } from '../statistics.ts';

const folder = mkdtempSync(join(tmpdir(), 'lovage-bench-beat-'));
const [url = `sqlite:///${join(folder, 'beat.db')}`, count = '100000', seconds = '60'] =
  process.argv.slice(2);
const ENTRIES = Number(count);
const PHASE_MS = Number(seconds) * 1000;

const app = new App('bench-beat', { environment: {}, brokerUrl: url, resultBackend: null });
const { schedules, label } = await (await app.drivers()).periodic();
let late: number[] = [];
const beat = new Beat(app, { onSent: ({ lateMs }) => late.push(lateMs) });

/** All entries anew, with this schedule; `since` spreads them. */
async function put(schedule: EntryInput['schedule'], since: (index: number) => number): Promise<void> {
  await schedules.remove((await schedules.list()).map(({ name }) => name));
  for (let at = 0; at < ENTRIES; at += 1000) {
    const changes = Array.from({ length: Math.min(1000, ENTRIES - at) }, (_, offset) => {
      const index = at + offset;
      const entry = readEntry(`entry-${index}`, { task: 'bench.tick', schedule, args: [index] });
      const definition = encodeEntry(entry, { origin: 'runtime', key: `key-${index}` });
      return { name: entry.name, definition, enabled: true, since: Math.round(since(index)) };
    });
    await schedules.put(changes);
  }
}

function measure(): () => string {
  const cpu = process.cpuUsage();
  const since = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return `${((user + system) / 10 / (performance.now() - since)).toFixed(1)} % of a core`;
  };
}

const megabytes = (): string => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return `${Math.round(rss / 2 ** 20)} MB resident, ${Math.round(heapUsed / 2 ** 20)} MB of it live in the heap`;
};

function lateness(): string {
  const of = (share: number) => `${Math.round(quantile(late, share))} ms`;
  return late.length === 0
    ? 'nothing was sent'
    : `${late.length} sent, late p50 ${of(0.5)}, p99 ${of(0.99)}, max ${of(1)}`;
}

async function untilLoaded(): Promise<number> {
  const since = performance.now();
  const before = beat.status.lastTickAt?.getTime() ?? 0;
  while (beat.status.entries < ENTRIES || (beat.status.lastTickAt?.getTime() ?? 0) <= before) await sleep(20);
  return performance.now() - since;
}

console.log(`${ENTRIES} entries in ${label}`);
console.log(`before: ${megabytes()}`);
// Half a year from now.
await put(
  crontab({ minute: 0, hour: 4, dayOfMonth: 1, monthOfYear: ((new Date().getMonth() + 6) % 12) + 1 }),
  () => Date.now(),
);
await beat.start();
console.log(`read and put in order within ${Math.round(await untilLoaded())} ms`);
await sleep(3000);
console.log(`loaded: ${megabytes()}`);
const idle = measure();
await sleep(PHASE_MS);
console.log(`nothing due: ${idle()}`);

// Every five minutes, spread evenly: 333 a second.
const EVERY_MS = 300_000;
await beat.stop();
await put(
  { milliseconds: EVERY_MS },
  (index) => Date.now() - EVERY_MS + 30_000 + (index / ENTRIES) * EVERY_MS,
);
const second = new Beat(app, { onSent: ({ lateMs }) => late.push(lateMs) });
await second.start();
await sleep(40_000);
late = [];
const busy = measure();
await sleep(PHASE_MS);
console.log(`every 5 minutes, spread: ${lateness()}; ${busy()}`);
await second.stop();

// All of them at one moment.
const moment = Date.now() + 60_000;
await put({ milliseconds: EVERY_MS }, () => moment - EVERY_MS);
late = [];
const third = new Beat(app, { onSent: ({ lateMs }) => late.push(lateMs) });
await third.start();
await sleep(Math.max(0, moment - Date.now()));
const rush = performance.now();
while (late.length < ENTRIES && performance.now() - rush < 120_000) await sleep(50);
console.log(
  `all at one moment: ${lateness()}; ${Math.round(ENTRIES / ((performance.now() - rush) / 1000))} a second`,
);
await third.stop();
await app.close();
rmSync(folder, { recursive: true });

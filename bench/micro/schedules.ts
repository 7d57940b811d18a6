/**
 * What a beat with many entries asks of schedules: what one next() costs in nanoseconds of CPU, and what an entry weighs.
 * Run: node --expose-gc --conditions=lovage-source bench/micro/schedules.ts
 */
import { crontab, decodeEntry, encodeEntry, every, readEntry, type Schedule, solar } from '@lovage/beat';

const ENTRIES = 100_000;
const NOW = Date.UTC(2026, 10, 21, 12, 34, 56);
const DAY_MS = 86_400_000;

/** Entries as people have them: times of a day that differ, in a few zones. */
const daily = (zone: string) => (index: number) =>
  crontab({ minute: index % 60, hour: (index >> 2) % 24, timezone: zone });

const kinds: Readonly<Record<string, readonly [count: number, make: (index: number) => Schedule]>> = {
  'every 30 s': [ENTRIES, () => every(30)],
  'crontab */5, UTC': [ENTRIES, () => crontab({ minute: '*/5' })],
  'crontab daily, UTC': [ENTRIES, daily('UTC')],
  'crontab daily, America/New_York': [ENTRIES, daily('America/New_York')],
  'crontab mon-fri 9-17, Europe/Prague': [
    ENTRIES,
    (index) => crontab({ minute: index % 60, hour: '9-17', dayOfWeek: 'mon-fri', timezone: 'Europe/Prague' }),
  ],
  'crontab first Monday, Australia/Lord_Howe': [
    ENTRIES,
    (index) =>
      crontab({
        minute: index % 60,
        hour: 2,
        dayOfMonth: '1-7',
        dayOfWeek: 1,
        timezone: 'Australia/Lord_Howe',
      }),
  ],
  'crontab 29 February, a Monday': [
    10_000,
    () =>
      crontab({
        minute: 0,
        hour: 0,
        dayOfMonth: 29,
        monthOfYear: 2,
        dayOfWeek: 1,
        timezone: 'Europe/Prague',
      }),
  ],
  'solar sunset': [300, (index) => solar('sunset', (index % 120) - 60, (index * 7) % 180)],
};

const ROUNDS = 5;

console.log(
  `node ${process.version}, median of ${ROUNDS} rounds over all schedules of a kind, at any second of a year`,
);
for (const [name, [count, make]] of Object.entries(kinds)) {
  const before = memory();
  const started = process.cpuUsage();
  const schedules = Array.from({ length: count }, (_, index) => make(index));
  const made = nsEach(started, count);
  const weight = Math.max(0, memory() - before) / count;
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    for (let index = 0; index < count; index += 1)
      schedules[index]!.next(new Date(NOW + ((index * 7919) % 365) * DAY_MS + index * 997));
    times.push(nsEach(start, count));
  }
  times.sort((a, b) => a - b);
  line(
    name,
    times[ROUNDS >> 1]!,
    `ns a next   ${made.toFixed(0)} ns to make, ${weight.toFixed(0)} bytes each`,
  );
}

const entry = readEntry('nightly', {
  task: 'clinic.tasks.send_welcome',
  schedule: crontab({ minute: 0, hour: 3, dayOfWeek: 'mon-fri', timezone: 'Europe/Prague' }),
  args: [42, 'ada@example.org'],
  options: { queue: 'emails', expires: 3600 },
});
const stored = encodeEntry(entry);
const started = process.cpuUsage();
for (let index = 0; index < ENTRIES; index += 1) decodeEntry('nightly', stored, true);
line(`an entry of ${stored.length} bytes`, nsEach(started, ENTRIES), 'ns to read from a store');

function line(name: string, ns: number, rest: string): void {
  console.log(`${ns.toFixed(0).padStart(9)} ${rest.startsWith('ns') ? rest : `ns ${rest}`}`.padEnd(62), name);
}

/** CPU, not time: a machine may have other things to do. */
function nsEach(start: NodeJS.CpuUsage, count: number): number {
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / count;
}

function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

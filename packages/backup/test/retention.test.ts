/** What goes and what stays. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, suite, test } from 'node:test';
import { type Backup, type BackupKind, fileName, readName } from '../src/file.ts';
import { BackupFailed, cleanupBackups, pruneBackups, RETENTION } from '../src/index.ts';
import { monthsBefore, olderThan, tiered } from '../src/retention/plan.ts';

const NOW = new Date('2026-11-21T04:00:00Z'); // a Saturday
const DAY_MS = 86_400_000;

const made = (at: Date | string, kind: BackupKind = 'pg_dump'): Backup => ({
  path: '',
  name: 'rota',
  kind,
  at: new Date(at),
  bytes: 1,
});
const daily = (days: number, kind?: BackupKind): Backup[] =>
  Array.from({ length: days }, (_, ago) => made(new Date(NOW.getTime() - ago * DAY_MS - 3_600_000), kind));
const days = (backups: readonly Backup[]): string[] => backups.map(({ at }) => at.toISOString().slice(0, 10));

suite('tiers', () => {
  test('two years of daily dumps: 30 days, the Sundays of 12 weeks, the last days of 12 months', () => {
    const all = daily(730);
    const gone = new Set(tiered(all, NOW, RETENTION));
    const kept = days(all.filter((each) => !gone.has(each)));
    const months = [
      '2025-11-30',
      '2025-12-31',
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2026-05-31',
      '2026-06-30',
      '2026-07-31',
      '2026-08-31',
      '2026-09-30',
      '2026-10-31',
    ];
    const weeks = [
      '2026-08-30',
      '2026-09-06',
      '2026-09-13',
      '2026-09-20',
      '2026-09-27',
      '2026-10-04',
      '2026-10-11',
      '2026-10-18',
    ];
    assert.deepEqual(kept.slice(0, 30), days(all.slice(0, 30)));
    assert.deepEqual(
      kept.slice(30).toSorted(),
      [...months, ...weeks].filter((day) => day < '2026-10-23').toSorted(),
    );
  });

  test('of a day the newest stays, of the last 24 hours and of the future everything', () => {
    const all = [
      '2026-11-22T00:00:00Z',
      '2026-11-21T03:00:00Z',
      '2026-11-21T01:00:00Z',
      '2026-11-20T05:00:00Z',
      '2026-11-18T20:00:00Z',
      '2026-11-18T03:00:00Z',
    ].map((at) => made(at));
    assert.deepEqual(tiered(all, NOW, RETENTION), all.slice(5));
  });

  test('exports stay for six months, all of them', () => {
    const all = daily(365, 'json');
    const gone = tiered(all, NOW, RETENTION);
    assert.equal(days(gone)[0], '2026-05-21');
    assert.equal(gone.length + 184, all.length);
  });

  test('months are those of the calendar', () => {
    assert.equal(monthsBefore(new Date('2026-03-31T10:00:00Z'), 1).toISOString(), '2026-02-28T10:00:00.000Z');
    assert.equal(
      monthsBefore(new Date('2026-01-15T10:00:00Z'), 13).toISOString(),
      '2024-12-15T10:00:00.000Z',
    );
    assert.deepEqual(days(olderThan(daily(100), NOW, 3))[0], '2026-08-21');
  });
});

suite('deleting', () => {
  const folders: string[] = [];
  after(() => folders.forEach((folder) => void rmSync(folder, { recursive: true, force: true })));

  /** A folder of copies of a SQLite file, by how many days old they are; those that are bad cannot be read. */
  function folderOf(ages: readonly number[], bad: readonly number[] = []): string {
    const folder = mkdtempSync(join(tmpdir(), 'lovage-retention-'));
    folders.push(folder);
    const good = join(folder, 'good.db');
    new DatabaseSync(good).exec('create table shift (id integer)');
    for (const age of ages) {
      const path = join(folder, fileName('rota', 'sqlite', new Date(NOW.getTime() - age * DAY_MS)));
      if (bad.includes(age)) writeFileSync(path, 'no database');
      else copyFileSync(good, path);
    }
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    writeFileSync(join(folder, '.partial-rota-20200101T000000000Z.sqlite-00'), 'growing');
    return folder;
  }
  const ages = (folder: string): number[] =>
    readdirSync(folder)
      .map(readName)
      .filter((read) => read !== undefined)
      .map(({ at }) => Math.round((NOW.getTime() - at.getTime()) / DAY_MS))
      .sort((one, other) => one - other);

  test('only what may go goes, and nothing else in the folder', async () => {
    const folder = folderOf([1, 2, 200, 800, 900]);
    assert.deepEqual((await pruneBackups({ folder, now: NOW, dryRun: true })).deleted.length, 2);
    assert.deepEqual(ages(folder), [1, 2, 200, 800, 900], 'a dry run deletes nothing');
    const { deleted, spared } = await pruneBackups({ folder, now: NOW });
    assert.deepEqual([deleted.length, spared.length, ages(folder)], [2, 0, [1, 2, 200]]);
    assert.deepEqual(
      readdirSync(folder)
        .filter((file) => !readName(file))
        .sort(),
      ['.partial-rota-20200101T000000000Z.sqlite-00', 'good.db', 'notes.txt'],
    );
  });

  test('the only good one is never deleted, however old', async () => {
    const folder = folderOf([1, 2, 500, 800], [1, 2, 500]);
    const { spared } = await pruneBackups({ folder, now: NOW });
    assert.deepEqual([ages(folder), spared.length], [[1, 2, 800], 1]);
    const old = folderOf([500, 800]);
    await cleanupBackups({ folder: old, now: NOW, retentionMonths: 12 });
    assert.deepEqual(ages(old), [500], 'all are old: the newest stays');
  });

  test('where none is good nothing goes', async () => {
    const folder = folderOf([1, 500, 800], [1, 500, 800]);
    assert.equal((await cleanupBackups({ folder, now: NOW, retentionMonths: 12 })).deleted.length, 0);
    assert.deepEqual(ages(folder), [1, 500, 800]);
  });

  test('by age alone, and what is no number of months', async () => {
    const folder = folderOf([1, 20, 40, 300]);
    await cleanupBackups({ folder, now: NOW, retentionMonths: 1 });
    assert.deepEqual(ages(folder), [1, 20]);
    for (const retentionMonths of [0, -1, 1.5, Number.NaN])
      await assert.rejects(
        cleanupBackups({ folder, retentionMonths }),
        (error) => error instanceof BackupFailed && /must be a whole number from 1/.test(error.message),
      );
    assert.deepEqual(
      (await cleanupBackups({ folder: join(folder, 'nowhere'), retentionMonths: 1 })).deleted,
      [],
    );
  });
});

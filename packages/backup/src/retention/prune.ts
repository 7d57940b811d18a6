import { rm } from 'node:fs/promises';
import { type CheckOptions, checkBackup } from '../check.ts';
import { BackupFailed } from '../errors.ts';
import { type Backup, listBackups } from '../file.ts';
import { olderThan, RETENTION, type RetentionRules, tiered } from './plan.ts';

export interface PruneOptions extends CheckOptions {
  readonly folder: string;
  /** Of one database; default: each for itself. */
  readonly name?: string;
  readonly now?: Date;
  /** Say what would go, and let it stay. */
  readonly dryRun?: boolean;
}

export interface Pruned {
  readonly deleted: readonly Backup[];
  readonly kept: readonly Backup[];
  /** Among the kept: no rule keeps them, but there is no other good one, or none is good. */
  readonly spared: readonly Backup[];
}

/** Deletes what the tiers do not keep, and never the only good backup of a database. */
export async function pruneBackups(
  options: PruneOptions & { readonly rules?: Partial<RetentionRules> },
): Promise<Pruned> {
  const rules = { ...RETENTION, ...options.rules };
  for (const [name, value] of Object.entries(rules)) positive(name, value);
  return prune(options, (backups, now) => tiered(backups, now, rules));
}

/** Deletes what is older than so many months, and never the only good backup of a database. */
export async function cleanupBackups(
  options: PruneOptions & { readonly retentionMonths: number },
): Promise<Pruned> {
  positive('retention_months', options.retentionMonths);
  return prune(options, (backups, now) => olderThan(backups, now, options.retentionMonths));
}

function positive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new BackupFailed(`${name} is ${value}: it must be a whole number from 1`);
}

async function prune(
  { folder, name, now = new Date(), dryRun = false, ...how }: PruneOptions,
  mayGo: (backups: readonly Backup[], now: Date) => Backup[],
): Promise<Pruned> {
  const all = await listBackups(folder, name);
  const groups = Map.groupBy(all, (each) => `${each.name} ${each.kind}`);
  const deleted: Backup[] = [];
  const spared: Backup[] = [];
  for (const backups of groups.values()) {
    const going = mayGo(backups, now);
    if (going.length === 0) continue;
    const staying = backups.filter((each) => !going.includes(each));
    const saved = (await firstGood(staying, how)) ? [] : await onlyGood(going, how);
    spared.push(...saved);
    deleted.push(...going.filter((each) => !saved.includes(each)));
  }
  if (!dryRun) for (const { path } of deleted) await rm(path, { force: true });
  return { deleted, kept: all.filter((each) => !deleted.includes(each)), spared };
}

/** The newest good one of those that would go; all of them where none is good: somebody may still save something of them. */
async function onlyGood(going: readonly Backup[], how: CheckOptions): Promise<readonly Backup[]> {
  const good = await firstGood(going, how);
  return good ? [good] : going;
}

async function firstGood(backups: readonly Backup[], how: CheckOptions): Promise<Backup | undefined> {
  for (const each of backups) {
    try {
      await checkBackup(each, how);
      return each;
    } catch {
      how.signal?.throwIfAborted();
    }
  }
  return undefined;
}

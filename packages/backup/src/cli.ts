/** The command `lovage-backup`. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { checkBackup } from './check.ts';
import { createBackup } from './create.ts';
import { BackupFailed } from './errors.ts';
import { type Backup, listBackups } from './file.ts';
import { restoreBackup } from './restore.ts';
import { RETENTION } from './retention/plan.ts';
import { cleanupBackups, type Pruned, pruneBackups } from './retention/prune.ts';

/** Runs `lovage-backup <argv>` and answers its exit code: 0, 1 where it failed, 2 for a wrong command line. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`Error: ${error instanceof BackupFailed ? error.message : (error as Error).stack}`);
    return 1;
  }
}

function program(): Command {
  const command = new Command('lovage-backup')
    .description(
      'Backups of SQLite and PostgreSQL. The database is the one of DATABASE_URL: a URL among the arguments is seen by all.',
    )
    .exitOverride()
    .configureOutput({ writeErr: (text) => console.error(text.trimEnd()) });
  const folder = ['-d, --folder <path>', 'where the backups are', 'backups'] as const;
  command
    .command('create <name>')
    .description('make a backup, read it again, and give it its name')
    .option(...folder)
    .action(async (name: string, options: { folder: string }) => {
      console.log(row(await createBackup({ ...options, name, url: databaseUrl() })));
    });
  command
    .command('list [name]')
    .description('the backups, the newest first')
    .option(...folder)
    .action(async (name: string | undefined, options: { folder: string }) => {
      for (const each of await listBackups(options.folder, name)) console.log(row(each));
    });
  command
    .command('check <file>')
    .description('read all of a backup, as a restore would')
    .action(async (path: string) => {
      await checkBackup({ path });
      console.log(`${path} is good`);
    });
  command
    .command('restore <file>')
    .description('put a backup into the database, all of it or nothing')
    .option('--overwrite', 'replace what is there')
    .action(async (path: string, options: { overwrite?: boolean }) => {
      await restoreBackup({ path, url: databaseUrl(), ...options });
      console.log(`${path} is restored`);
    });
  command
    .command('prune [name]')
    .description(
      `delete what is in no tier: the newest of each of ${RETENTION.dailyDays} days, ${RETENTION.weeklyWeeks} weeks and ${RETENTION.monthlyMonths} months; JSON for ${RETENTION.jsonMonths} months. Never the only good one`,
    )
    .option(...folder)
    .option('--retention-months <n>', 'instead of the tiers: what is older', months)
    .option('--dry-run', 'say what would go')
    .action(
      async (
        name: string | undefined,
        options: { folder: string; retentionMonths?: number; dryRun?: boolean },
      ) => {
        const { retentionMonths, ...rest } = options;
        const how = { ...rest, ...(name === undefined ? {} : { name }) };
        const pruned = retentionMonths
          ? await cleanupBackups({ ...how, retentionMonths })
          : await pruneBackups(how);
        console.log(shown(pruned, options.dryRun === true));
      },
    );
  return command;
}

function databaseUrl(): string {
  const url = process.env['DATABASE_URL'];
  if (!url)
    throw new BackupFailed(
      'DATABASE_URL is not set: it must be the URL of the database, postgresql://… or sqlite:///…',
    );
  return url;
}

function months(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

const row = ({ path, kind, at, bytes }: Backup): string =>
  `${at.toISOString()}  ${kind.padEnd(7)}  ${String(bytes).padStart(12)}  ${path}`;

function shown({ deleted, kept, spared }: Pruned, dryRun: boolean): string {
  const lines = deleted.map((each) => `${dryRun ? 'would go' : 'deleted'}  ${row(each)}`);
  for (const each of spared) lines.push(`spared   ${row(each)}  (there is no other good one)`);
  return [...lines, `${deleted.length} ${dryRun ? 'would go' : 'deleted'}, ${kept.length} kept`].join('\n');
}

import {
  type Backup,
  cleanupBackups,
  createBackup,
  exportJson,
  pruneBackups,
  restoreBackup,
} from '@lovage/backup';
import { database } from '../database/index.ts';
import { backupFolder, databaseUrl } from '../environment.ts';

const target = () => ({ folder: backupFolder(), name: 'rota' });
const show = ({ path, bytes }: Backup): void => console.log(`${path}: ${bytes} bytes`);

export async function backupNow({ json }: { readonly json?: boolean }): Promise<void> {
  show(await createBackup({ ...target(), url: databaseUrl() }));
  if (json)
    show(await exportJson({ ...target(), db: await database(), without: { account: ['password_hash'] } }));
}

export async function cleanupNow(flags: {
  readonly retention_months?: number;
  readonly dry_run?: boolean;
}): Promise<void> {
  const how = { ...target(), dryRun: flags.dry_run === true };
  const { retention_months: retentionMonths } = flags;
  const { deleted, kept } =
    retentionMonths === undefined
      ? await pruneBackups(how)
      : await cleanupBackups({ ...how, retentionMonths });
  for (const { path } of deleted) console.log(path);
  console.log(`${deleted.length} ${how.dryRun ? 'would go' : 'deleted'}, ${kept.length} kept`);
}

export async function restoreNow(
  path: string,
  { overwrite = false }: { readonly overwrite?: boolean },
): Promise<void> {
  await restoreBackup({ path, url: databaseUrl(), overwrite });
  console.log(`${path} is restored`);
}

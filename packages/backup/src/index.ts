/** Backups of SQLite and PostgreSQL: checked before they have their name, kept in tiers, restored whole or not at all. */
export { type CheckOptions, checkBackup } from './check.ts';
export { type CreateOptions, createBackup } from './create.ts';
export { BackupFailed } from './errors.ts';
export { type Backup, type BackupKind, listBackups } from './file.ts';
export { type ExportOptions, exportJson } from './json/export.ts';
export type { PostgresPrograms } from './postgres/dump.ts';
export { type RestoreOptions, restoreBackup } from './restore.ts';
export { RETENTION, type RetentionRules } from './retention/plan.ts';
export { cleanupBackups, type Pruned, type PruneOptions, pruneBackups } from './retention/prune.ts';

/** Two backups of a database that grows, on a disk that has room for the first. Prints what came of them. `node on-a-small-disk.ts FOLDER` */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '@lovage/kysely';
import { checkBackup, createBackup, exportJson } from '../src/index.ts';

const [folder = ''] = process.argv.slice(2);
const elsewhere = mkdtempSync(join(tmpdir(), 'lovage-small-disk-'));
const url = `sqlite:///${join(elsewhere, 'rota.db')}`;
const db = new DatabaseSync(join(elsewhere, 'rota.db'));
db.exec('create table shift (id integer primary key, noise blob)');
const first = await createBackup({ url, folder, name: 'rota' });
db.exec(
  `with recursive n(i) as (select 1 union all select i + 1 from n where i < 400) insert into shift (noise) select randomblob(1000) from n`,
);
const errors: string[] = [];
const failed = (error: Error) => void errors.push(error.message);
await createBackup({ url, folder, name: 'rota' }).catch(failed);
const kysely = openDatabase(url);
await exportJson({ db: kysely, folder, name: 'rota' }).catch(failed);
const postgres = process.env['BACKUP_POSTGRES'];
if (postgres) await createBackup({ url: postgres, folder, name: 'rota' }).catch(failed);
await checkBackup(first);
console.log(JSON.stringify({ errors, left: readdirSync(folder).length }));
await kysely.destroy();
db.close();
rmSync(elsewhere, { recursive: true, force: true });

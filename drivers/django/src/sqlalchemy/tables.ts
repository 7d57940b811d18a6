import { DriverError } from '@lovage/contracts';
import type { Database } from '@lovage/postgres/kit';
import { besideOthers, postgresChords, sqlState } from '@lovage/postgres/kit';
import type { PythonTables } from '../tables.ts';
import { CREATE, LOCK } from './create.ts';
import { fetchGroup, forgetGroup, saveGroup, sweepGroups } from './groups.ts';
import { fetchTasks, forgetTasks, keepTasks, sweepTasks } from './tasks.ts';

const COLUMNS = `select a.attname::text as name from pg_attribute a
  where a.attrelid = to_regclass('celery_taskmeta') and a.attnum > 0 and not a.attisdropped`;
const OTHERS = `select to_regclass('celery_tasksetmeta') is not null and to_regclass('task_id_sequence') is not null
  and to_regclass('taskset_id_sequence') is not null as "there"`;
const NOT_EXTENDED =
  'celery_taskmeta has no columns for what resultExtended keeps, so it is left out: alter table celery_taskmeta ' +
  'add name varchar(155), add args bytea, add kwargs bytea, add worker varchar(155), add retries integer, ' +
  'add queue varchar(155), and restart';
const INSUFFICIENT_PRIVILEGE = '42501';

/** Those of Celery's database backend, whose clients make them when there are none; so do we. */
export function sqlalchemyTables(): PythonTables {
  /** Has the columns of `result_extended`, as those that Celery made since 4.3 do. */
  let extended = false;
  let warn: (() => void) | undefined;
  const keep: PythonTables['keep'] = async (run, records) => {
    const left = await keepTasks(run, records, extended);
    if (left) warn?.();
  };

  return {
    async prepare(database) {
      await make(database);
      extended = (await columnsOf(database)).includes('retries');
      warn ??= () => {
        warn = () => {};
        database.options.log('warn', `${database.label}: ${NOT_EXTENDED}`);
      };
    },
    keep,
    fetch: (run, taskIds) => fetchTasks(run, taskIds, extended),
    forget: forgetTasks,
    saveGroup,
    fetchGroup,
    forgetGroup,
    async sweep(run, ttlMs, limit) {
      const tasks = await sweepTasks(run, ttlMs, limit);
      return tasks < limit ? tasks + (await sweepGroups(run, ttlMs, limit - tasks)) : tasks;
    },
    /** Celery counts nothing here: a task of its own looks for the results until all are there. */
    chords: (session) => postgresChords(session, { keep }),
  };
}

async function columnsOf(database: Database): Promise<readonly string[]> {
  const { rows } = await database.withClient(
    (client) => client.query<{ readonly name: string }>(COLUMNS),
    true,
  );
  return rows.map(({ name }) => name);
}

async function make(database: Database): Promise<void> {
  await database.withClient(async (client) => {
    const there = async () =>
      (await client.query(COLUMNS)).rows.length > 0 &&
      (await client.query<{ readonly there: boolean }>(OTHERS)).rows[0]!.there;
    if (await there()) return;
    /** One transaction; of many of ours that begin at once, one makes them. */
    const makeWhatIsMissing = async () => {
      try {
        await client.query(`begin; ${LOCK}`);
        const made = !(await there());
        if (made) await client.query(CREATE);
        await client.query('commit');
        return made;
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      }
    };
    try {
      if (!(await besideOthers(makeWhatIsMissing))) return;
      database.options.log('info', `${database.label}: made celery_taskmeta and celery_tasksetmeta`);
    } catch (error) {
      if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      throw new DriverError(
        'refused',
        `${database.label}: there are no tables celery_taskmeta and celery_tasksetmeta, and this user may not make them: ` +
          'start once, here or in Python, as a user who may create tables',
        { cause: error },
      );
    }
  });
}

import { DriverError } from '@lovage/contracts';
import { Backoff } from '@lovage/contracts/kit';
import type { Database } from '@lovage/postgres/kit';
import { postgresChords, sqlState } from '@lovage/postgres/kit';
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
/** A table, a name or a type that was not there a moment ago. */
const MADE_MEANWHILE: ReadonlySet<string> = new Set(['23505', '42P07', '42710']);
const ATTEMPTS = 20;

type Client = Parameters<Parameters<Database['withClient']>[0]>[0];

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

/** Celery's clients know nothing of our lock, and may make them at the same moment: then they are there soon. */
async function make(database: Database): Promise<void> {
  const pause = new Backoff({ baseMs: 20, maxMs: 500 });
  for (;;) {
    try {
      await database.withClient((client) => makeOnce(client, database));
      return;
    } catch (error) {
      const state = sqlState((error as Error).cause);
      if (!MADE_MEANWHILE.has(state ?? '') || pause.attempts === ATTEMPTS) throw error;
    }
    await pause.wait();
  }
}

async function makeOnce(client: Client, database: Database): Promise<void> {
  const there = async () =>
    (await client.query(COLUMNS)).rows.length > 0 && (await client.query(OTHERS)).rows[0]!['there'] === true;
  if (await there()) return;
  try {
    // One transaction; of many of ours that begin at once, one makes them.
    await client.query(`begin; ${LOCK}`);
    const made = !(await there());
    if (made) await client.query(CREATE);
    await client.query('commit');
    if (made) database.options.log('info', `${database.label}: made celery_taskmeta and celery_tasksetmeta`);
  } catch (error) {
    await client.query('rollback').catch(() => {});
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new DriverError(
      'refused',
      `${database.label}: there are no tables celery_taskmeta and celery_tasksetmeta, and this user may not make them: ` +
        'start once, here or in Python, as a user who may create tables',
      { cause: error },
    );
  }
}

import { buildOurs } from './install.ts';
import { machine, versions } from './machine.ts';
import type { Options } from './options.ts';
import { headLines, rowLines } from './print.ts';
import { endWithUs } from './program.ts';
import { findPython } from './python.ts';
import type { Report } from './report.ts';
import { chordRows } from './rows/chord.ts';
import { footprintRows } from './rows/footprint.ts';
import { postgresRows } from './rows/postgres.ts';
import { rabbitmqRows } from './rows/rabbitmq.ts';
import { redisRows } from './rows/redis.ts';
import type { Scale } from './rows/scale.ts';
import { sqliteRows } from './rows/sqlite.ts';
import { type RowResult, runRow } from './run.ts';
import { writeDocs, writeJson } from './write.ts';

/** Runs the rows asked for; resolves with the exit code: 1 when something could not be measured. A missed target is a finding. */
export async function bench(options: Options): Promise<number> {
  endWithUs();
  const scale: Scale = (count) => (options.quick ? count / 10 : count);
  const rows = [
    ...redisRows(scale),
    ...postgresRows(scale),
    ...sqliteRows(scale),
    ...rabbitmqRows(scale),
    ...chordRows(scale),
    ...footprintRows(),
  ].filter(({ id }) => options.only === undefined || id.includes(options.only));
  if (rows.length === 0) throw new Error(`--only ${options.only}: no row has that in its id`);
  if (rows.some(({ built }) => built)) buildOurs();

  const head = {
    date: new Date().toISOString(),
    machine: machine(),
    versions: versions(),
    rounds: options.rounds,
    quick: options.quick,
  };
  console.log(headLines(head).join('\n'));

  const missing: Record<string, string> =
    findPython() === undefined ? { celery: 'apt-get install python3-celery python3-redis' } : {};
  const results: RowResult[] = [];
  for (const row of rows) {
    console.log(`\nmeasuring ${row.id}`);
    const result = await runRow(row, { rounds: options.rounds, missing, log: console.log });
    results.push(result);
    console.log(rowLines(result).join('\n'));
  }

  const report: Report = { ...head, rows: results };
  console.log(`\nwritten: ${writeJson(report)}`);
  if (options.writeDocs) console.log(`written: ${writeDocs(report)}`);
  return results.some(({ standings }) => standings.some(({ trouble }) => trouble !== undefined)) ? 1 : 0;
}

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@lovage/kysely';
import { Lovage } from 'lovage';
import { freePort } from '../../../tools/services/ports.ts';
import { startSmtp } from '../../../tools/services.ts';
import type { ClinicTables } from '../src/database/schema.ts';
import { startBank, startCrm } from './neighbours.ts';

const HOME = fileURLToPath(new URL('..', import.meta.url));
const LOVAGE = fileURLToPath(import.meta.resolve('lovage/bin'));

/** The machine may be busy with other things. */
const PATIENCE_MS = 60_000;

/** What an HTTP call or a task answered: looked at field by field. */
// biome-ignore lint/suspicious/noExplicitAny: a test that reads what is not there fails.
export type Answer = any;

/** Where a clinic keeps its messages and its rows. */
export interface Stores {
  readonly broker: string;
  readonly database: string;
}

/** A clinic as it is run: its web server and workers are processes, its neighbours are real servers. */
export async function openClinic(
  stores: (folder: string) => Stores | Promise<Stores>,
  /** All of it by one command. */
  together: boolean,
) {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-clinic-'));
  const { broker, database } = await stores(folder);
  const [smtp, crm, bank] = await Promise.all([startSmtp(), startCrm(), startBank()]);
  const reports = join(folder, 'reports');
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    ...{ CELERY_BROKER_URL: broker, DATABASE_URL: database, SMTP_URL: smtp.url, PORT: '0' },
    ...{ CLINIC_CRM_URL: crm.url, CLINIC_PAYMENTS_URL: bank.url, CLINIC_REPORTS: reports },
  };
  const processes: ChildProcess[] = [];

  /** Starts a process, and waits for a line that it prints, and others too. */
  async function start(
    args: readonly string[],
    ready: RegExp,
    others: readonly RegExp[] = [],
  ): Promise<RegExpExecArray> {
    const child = spawn(
      process.execPath,
      [...process.execArgv.filter((each) => each.startsWith('--conditions')), ...args],
      {
        cwd: HOME,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    processes.push(child);
    const lines: string[] = [];
    const found = Promise.withResolvers<RegExpExecArray>();
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (!lines.some((each) => ready.test(each))) return;
        if (!others.every((other) => lines.some((each) => other.test(each)))) return;
        found.resolve(ready.exec(lines.find((each) => ready.test(each))!)!);
      });
    }
    child.once('exit', () =>
      found.reject(new Error(`${args.join(' ')} ended:\n${lines.slice(-20).join('\n')}`)),
    );
    return found.promise;
  }

  const [, url] = together
    ? await start(
        [LOVAGE, 'dev', '-p', String(await freePort()), 'web', 'light', 'heavy', 'beat'],
        /^web +\| The clinic is at (http:\S+)$/,
        [/^light \| .* ready\.$/, /^heavy \| .* ready\.$/, /^beat +\| .* leads from now on/],
      )
    : await start(['src/web.ts'], /^The clinic is at (http:\S+)$/);
  // As another program that calls the clinic's tasks by their names.
  const caller = new Lovage('caller', { brokerUrl: broker, lovageLogLevel: 'silent', environment: {} });
  const db = openDatabase<ClinicTables>(database);

  return {
    ...{ smtp, crm, bank, caller, db, reports, url },
    worker: () =>
      start([LOVAGE, 'worker', '-A', './src/app.ts', '-P', 'async', '-c', '20', '-l', 'info'], / ready\.$/),
    async call(method: string, path: string, body?: unknown): Promise<{ status: number; json: Answer }> {
      const response = await fetch(`${url}${path}`, {
        method,
        ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' } }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: text.startsWith('{') ? JSON.parse(text) : text };
    },
    /** What became of a task that an HTTP call sent. */
    async ended(task: string): Promise<{ state: string; info?: Answer; error?: string }> {
      return until(async () => {
        const answer = (await (await fetch(`${url}/tasks/${task}`)).json()) as { state: string };
        return ['SUCCESS', 'FAILURE'].includes(answer.state) ? answer : undefined;
      }, `task ${task} ends`);
    },
    /** Ends all of it as an operator would, and answers the exit codes. */
    async close(): Promise<(number | null)[]> {
      const codes = await Promise.all(
        processes.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
          const exited = once(child, 'exit');
          child.kill('SIGTERM');
          return ((await exited) as [number | null])[0];
        }),
      );
      await Promise.all([caller.close(), db.destroy(), smtp.stop(), crm.stop(), bank.stop()]);
      rmSync(folder, { recursive: true, force: true });
      return codes;
    },
    /** Whatever became of the test. */
    kill: () => {
      for (const child of processes) child.kill('SIGKILL');
    },
  };
}

export type Clinic = Awaited<ReturnType<typeof openClinic>>;

/** What `look` answers as soon as it answers something. */
export async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(Date.now() < deadline, `waited too long until ${what}`);
    await sleep(150);
  }
}

export const ADMIN = 'admin@clinic.example';

/** The states that runs of a task ended in. */
export async function runs({ db }: Clinic, task: string, id?: string) {
  const rows = db.selectFrom('task_runs').select(['task_id', 'state', 'detail']).where('task', '=', task);
  return (id === undefined ? rows : rows.where('task_id', '=', id)).execute();
}

export const mailsTo = ({ smtp }: Clinic, address: string) =>
  smtp.mails.filter(({ recipients }) => recipients.includes(address));

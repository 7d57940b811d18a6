import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@lovage/kysely';
import type { Kysely } from 'kysely';
import { Lovage } from 'lovage';
import { type LovageProcess, startProgram, startWorkerOf } from '../../../tools/lovage-process.ts';
import {
  type ReceivedMail,
  type SmtpOptions,
  type SmtpReceiver,
  startSmtp,
} from '../../../tools/services.ts';
import type { RotaTables } from '../src/database/schema.ts';
import { SEED_PASSWORD } from '../src/database/seed.ts';

const source = (name: string): string => fileURLToPath(new URL(`../src/${name}`, import.meta.url));
/** A machine with other things to do. In ms. */
const PATIENCE_MS = 90_000;

export interface StageOptions {
  /** Default: a SQLite file. */
  readonly databaseUrl?: string;
  readonly smtp?: SmtpOptions;
  readonly workerThrough?: (folder: string) => readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  readonly json: any;
}

/** Rota as it runs: a web server, a worker, a mail server and a database, each for real. */
export class Stage {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly db: Kysely<RotaTables>;
  /** A client of the same broker, which knows no task: it calls by name. */
  readonly client: Lovage;
  readonly url: string;
  smtp: SmtpReceiver;
  worker: LovageProcess;
  readonly #web: LovageProcess;
  readonly #startWorker: () => Promise<LovageProcess>;

  private constructor(
    parts: Pick<Stage, 'folder' | 'env' | 'db' | 'client' | 'url' | 'smtp' | 'worker'>,
    web: LovageProcess,
    startWorker: () => Promise<LovageProcess>,
  ) {
    this.folder = parts.folder;
    this.env = parts.env;
    this.db = parts.db;
    this.client = parts.client;
    this.url = parts.url;
    this.smtp = parts.smtp;
    this.worker = parts.worker;
    this.#web = web;
    this.#startWorker = startWorker;
  }

  static async start(options: StageOptions = {}): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'lovage-rota-'));
    const smtp = await startSmtp(options.smtp);
    const broker = `sqlite:///${join(folder, 'queue.db')}`;
    const databaseUrl = options.databaseUrl ?? `sqlite:///${join(folder, 'rota.db')}`;
    const env = {
      DATABASE_URL: databaseUrl,
      CELERY_BROKER_URL: broker,
      LOVAGE_LEASE_SECONDS: '1',
      SMTP_URL: smtp.url,
      ROTA_SECRET: 'a secret for tests, of 32 characters and more',
      SITE_URL: 'https://rota.example',
      BACKUP_DIR: join(folder, 'backups'),
      PORT: '0',
    };
    // One after the other: who is first makes the tables, and the web server puts the seed in.
    const web = await startProgram([source('web.ts')], { env, cwd: folder, ready: /rota listens on/ });
    const [, url = ''] = await web.says(/rota listens on (\S+)/);
    const through = options.workerThrough?.(folder) ?? [];
    const startWorker = () =>
      startWorkerOf(source('app.ts'), ['-P', 'prefork', '-c', '1'], { env, cwd: folder, through });
    const worker = await startWorker();
    const db = openDatabase<RotaTables>(databaseUrl);
    const client = new Lovage('client', { brokerUrl: broker, resultBackend: broker });
    return new Stage({ folder, env, db, client, url, smtp, worker }, web, startWorker);
  }

  /** Another one in the place of one that was killed. */
  async startWorker(): Promise<void> {
    this.worker = await this.#startWorker();
  }

  async request(
    who: string | null,
    method: string,
    path: string,
    body?: unknown,
    password = SEED_PASSWORD,
  ): Promise<Answer> {
    const login =
      who === null ? {} : { authorization: `Basic ${btoa(`${who}@hospital.example:${password}`)}` };
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: { ...login, ...content },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined };
  }

  /** A request that must do what it asks for. */
  async does(who: string | null, path: string, body?: unknown): Promise<Answer['json']> {
    const { status, text, json } = await this.request(who, 'POST', path, body);
    assert.ok(status >= 200 && status < 300, `${path}: ${status} ${text}`);
    return json;
  }

  /** Calls a task by name, as Python would, and answers what it returned. */
  async runs<T = unknown>(name: string, ...args: unknown[]): Promise<T> {
    const result = await this.client.sendTask<T>(name, { args });
    return result.get({ timeout: PATIENCE_MS / 1000 });
  }

  /** The mails to an address with such a subject, once there are so many. */
  async mails(to: string, subject: RegExp, count = 1): Promise<ReceivedMail[]> {
    const found = () =>
      this.smtp.mails.filter(
        (mail) => mail.recipients.includes(`${to}@hospital.example`) && subject.test(mail.subject),
      );
    await this.until(() => found().length >= count, `${count} mails to ${to} about ${subject}`);
    assert.equal(found().length, count, `mails to ${to} about ${subject}`);
    return found();
  }

  /** What the tasks of a name came to, as the page has it, once there are so many. */
  async events(name: string, count = 1): Promise<{ readonly state: string; readonly detail: string }[]> {
    const read = () =>
      this.db
        .selectFrom('task_event')
        .select(['state', 'detail'])
        .where('name', '=', name)
        .orderBy('id')
        .execute();
    await this.until(async () => (await read()).length >= count, `${count} events of ${name}`);
    return read();
  }

  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (const limit = Date.now() + PATIENCE_MS; !(await holds()); await sleep(30))
      assert.ok(Date.now() < limit, `waited too long for ${what}; the worker said:\n${this.worker.said()}`);
  }

  async stop(): Promise<void> {
    await this.worker.kill();
    await this.#web.stop();
    await this.client.close();
    await this.db.destroy();
    await this.smtp.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A database with the tables of django-celery-beat, and who ticks by them in either language. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Lovage } from 'lovage';
import type { PostgresServer, RedisServer } from '../tools/services.ts';
import { PYTHON, redisDatabase } from '../tools/services.ts';
import { environment, FOLDER, type Peer, python } from './python.ts';
import { asked } from './python-tables.ts';

/** A database of its own, with a Django admin. */
export async function beatTables({
  postgres,
  redis,
  database,
}: {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly database: string;
}): Promise<{ readonly url: string; readonly peer: Peer; app(): Lovage }> {
  await asked(postgres.url, `create database ${database}`);
  const url = new URL(postgres.url);
  url.pathname = `/${database}`;
  const [broker, backend] = [redisDatabase(redis, 0), redisDatabase(redis, 1)];
  const peer = { broker, backend, queue: 'py', django: url.href };
  await python(
    peer,
    `
from django.core.management import call_command
for each in ('contenttypes', 'auth', 'admin', 'django_celery_beat'):
    call_command('migrate', each, verbosity=0)`,
  );
  return {
    url: url.href,
    peer,
    app: () =>
      new Lovage('interop', {
        brokerUrl: broker,
        resultBackend: backend,
        beatScheduler: 'django_celery_beat.schedulers:DatabaseScheduler',
        lovageBeatUrl: url.href.replace(/^postgresql/, 'django-db+postgresql'),
        lovageLogLevel: 'silent',
      }),
  };
}

export interface CeleryBeat {
  /** How often it has sent an entry. */
  sent(name: string): number;
  readonly log: readonly string[];
  /** As an operator does: it writes down what it has sent. */
  stop(): Promise<void>;
}

/** `celery beat -S django`. */
export function celeryBeat(peer: Peer): CeleryBeat {
  const args = ['-m', 'celery', '-A', 'tasks', 'beat', '-S', 'django', '-l', 'info', '--pidfile='];
  const child = spawn(PYTHON, args, { cwd: FOLDER, env: environment(peer) });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => log.push(line));
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    log,
    sent: (name) => log.filter((line) => line.includes(`Sending due task ${name} (`)).length,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

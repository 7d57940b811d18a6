import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.ts';
import type { PostgresServer } from './postgres.ts';
import { findOnPath } from './require.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const READY_WITHIN_MS = 15_000;

/** A pooler in front of a server, which hands out connections for a transaction each. */
export interface PgBouncer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Start a private PgBouncer in transaction mode, with few connections of its own to `server`. */
export async function startPgBouncer(server: Pick<PostgresServer, 'url' | 'port'>): Promise<PgBouncer> {
  const program = findOnPath('pgbouncer');
  if (!program) throw new Error('PgBouncer is not installed; ask requireService("pgbouncer") first');
  const folder = mkdtempSync(join(tmpdir(), 'lovage-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const { username, pathname } = new URL(server.url);
  const settings = join(folder, 'pgbouncer.ini');
  writeFileSync(join(folder, 'users.txt'), `"${username}" ""\n`);
  writeFileSync(
    settings,
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_user = ${username}
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 5
max_client_conn = 500
`,
  );
  const log = join(folder, 'server.log');
  // It refuses to run as root as well, and gives the rights away by itself.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  if (user.length > 0) spawnSync('chown', ['-R', 'nobody', folder]);
  const bouncer = await startServerProcess(program, [...user, settings], log, folder);
  await listens(port, bouncer, log);
  let stopped: Promise<void> | undefined;
  async function end(): Promise<void> {
    await bouncer.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
  const stop = (): Promise<void> => {
    stopped ??= end();
    return stopped;
  };
  return {
    url: `postgresql://${username}@127.0.0.1:${port}${pathname}`,
    port,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function listens(port: number, server: ServerProcess, log: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && server.running) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(20);
  }
  await server.end('SIGKILL');
  throw new Error(`PgBouncer did not become ready. Its log:\n${readFileSync(log, 'utf8')}`);
}

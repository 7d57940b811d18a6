import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.ts';
import { findPostgres, namedServer } from './require.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const READY_WITHIN_MS = 60_000;
const PORT_ATTEMPTS = 5;
/** Who owns the databases of a private server; it asks for no password. */
const OWNER = 'lovage';

export interface PostgresOptions {
  /** Wait for the disk at each commit, so that `kill` loses nothing even if the machine fell over. Default false. */
  readonly durable?: boolean;
  /** More settings of the server, such as { log_min_duration_statement: '0' }. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines put in front of pg_hba.conf, such as 'host all all 127.0.0.1/32 scram-sha-256'. */
  readonly access?: readonly string[];
  /** Files in PEM form: it speaks TLS with who asks for it. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Take no server that LOVAGE_TEST_POSTGRES_URL names: the test will kill or restart it. Default false. */
  readonly control?: boolean;
}

export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  /** False for the server that LOVAGE_TEST_POSTGRES_URL names: share it with care. */
  readonly isPrivate: boolean;
  /** The file that it logs to. */
  readonly log: string;
  /** End it in good order and delete its folder. Idempotent. */
  stop(): Promise<void>;
  /** At once, as a crash: it recovers from its log when started again. */
  kill(): Promise<void>;
  /** Kill it if it runs, and start it again on the same port. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Start a private PostgreSQL, or take the one that LOVAGE_TEST_POSTGRES_URL names. Resolves once it answers. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const named = options.control ? undefined : namedServer('postgres');
  return named === undefined ? startPrivate(options) : borrow(named);
}

async function startPrivate(options: PostgresOptions): Promise<PostgresServer> {
  const programs = findPostgres();
  if (!programs) throw new Error('PostgreSQL is not installed; ask requireService("postgres") first');
  const folder = mkdtempSync(join(tmpdir(), 'lovage-postgres-'));
  const installation = new Installation(programs, folder, options);
  const started = await begin(installation).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const { port } = started;
  let { server } = started;
  let stopped: Promise<void> | undefined;

  async function end(): Promise<void> {
    await server.end('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  }
  function stop(): Promise<void> {
    stopped ??= end();
    return stopped;
  }
  return {
    url: `postgresql://${OWNER}@127.0.0.1:${port}/postgres`,
    port,
    isPrivate: true,
    log: installation.log,
    kill: () => server.end('SIGQUIT'),
    async restart() {
      if (stopped) throw new Error('this PostgreSQL was stopped and its folder deleted');
      await server.end('SIGQUIT');
      server = await installation.start(port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Between finding a port and listening on it, somebody else may take it. */
async function begin(installation: Installation) {
  installation.create();
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { server: await installation.start(port), port };
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

/** Programs, and a folder with the data, the sockets and the log. PostgreSQL refuses to run as root. */
class Installation {
  readonly log: string;
  readonly #programs: string;
  readonly #folder: string;
  readonly #data: string;
  readonly #settings: readonly string[];
  readonly #access: readonly string[];
  readonly #tls: PostgresOptions['tls'];
  readonly #user = process.getuid?.() === 0 ? unprivileged() : undefined;

  constructor(programs: string, folder: string, options: PostgresOptions) {
    this.#programs = programs;
    this.#folder = folder;
    this.#data = join(folder, 'data');
    this.log = join(folder, 'server.log');
    this.#access = options.access ?? [];
    this.#tls = options.tls;
    const tls = { ssl: 'on', ssl_cert_file: this.#own('cert'), ssl_key_file: this.#own('key') };
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: folder,
      max_connections: '300',
      fsync: options.durable ? 'on' : 'off',
      // A crash of the server alone loses no page, and nothing here is worth compiling.
      full_page_writes: options.durable ? 'on' : 'off',
      jit: 'off',
      ...(options.tls ? tls : {}),
      ...options.settings,
    };
    this.#settings = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  }

  create(): void {
    if (this.#user) chownSync(this.#folder, this.#user.uid, this.#user.gid);
    chmodSync(this.#folder, 0o700);
    const args = ['--pgdata', this.#data, '--username', OWNER, '--auth', 'trust', '--no-sync'];
    const [program, all] = this.#command('initdb', [...args, '--encoding', 'UTF8', '--locale', 'C']);
    const { status, stdout, stderr } = spawnSync(program, all, { cwd: this.#folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`initdb failed (${status}):\n${stdout}${stderr}`);
    if (this.#access.length > 0) this.#allow();
    for (const part of ['cert', 'key'] as const) if (this.#tls) this.#adopt(this.#tls[part], part);
  }

  async start(port: number): Promise<ServerProcess> {
    const [program, args] = this.#command('postgres', [
      '-D',
      this.#data,
      '-p',
      String(port),
      ...this.#settings,
    ]);
    // SIGKILL would leave its shared memory behind.
    const server = await startServerProcess(program, args, this.log, this.#folder, {
      atOnce: 'SIGQUIT',
    });
    await this.#ready(server, port);
    return server;
  }

  #own(part: 'cert' | 'key'): string {
    return join(this.#folder, `server.${part}`);
  }

  /** It takes no key that others may read. */
  #adopt(file: string, part: 'cert' | 'key'): void {
    const own = this.#own(part);
    copyFileSync(file, own);
    chmodSync(own, 0o600);
    if (this.#user) chownSync(own, this.#user.uid, this.#user.gid);
  }

  #allow(): void {
    const path = join(this.#data, 'pg_hba.conf');
    const { uid, gid } = statSync(path);
    const script =
      'file=$1; shift; { printf "%s\\n" "$@"; cat "$file"; } > "$file.new" && mv "$file.new" "$file"';
    spawnSync('sh', ['-c', script, 'sh', path, ...this.#access]);
    chownSync(path, uid, gid);
  }

  #command(name: string, args: readonly string[]): [string, string[]] {
    const program = join(this.#programs, name);
    if (!this.#user) return [program, [...args]];
    const { uid, gid } = this.#user;
    return ['setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', program, ...args]];
  }

  async #ready(server: ServerProcess, port: number): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline && server.running) {
      if (this.#status() === 'ready') return;
      await sleep(20);
    }
    const tail = readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    await server.end('SIGQUIT');
    throw new Error(`PostgreSQL on port ${port} did not become ready. Its log ends:\n${tail}`);
  }

  /** The last line of its lock file, where it says so itself. */
  #status(): string | undefined {
    try {
      return readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim();
    } catch {
      return undefined;
    }
  }
}

/** Debian's user for this, or nobody. */
function unprivileged(): { readonly uid: number; readonly gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const id = (flag: string) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout);
    const [uid, gid] = [id('-u'), id('-g')];
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

function borrow(url: string): PostgresServer {
  const refuse = async (): Promise<never> => {
    throw new Error(
      'LOVAGE_TEST_POSTGRES_URL names a server that is not ours to end; start one with { control: true }',
    );
  };
  return {
    url,
    port: Number(new URL(url).port || 5432),
    isPrivate: false,
    log: '/dev/null',
    stop: async () => {},
    kill: refuse,
    restart: refuse,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The URL of a schema of its own, on a server that several tests share. */
export function postgresSchema(server: Pick<PostgresServer, 'url'>, schema: string): string {
  const url = new URL(server.url);
  url.searchParams.set('schema', schema);
  return url.href;
}

/** The URL of a broker on kombu's tables, which are in that schema together with ours. */
export function kombuSchema(server: Pick<PostgresServer, 'url'>, schema: string): string {
  const url = new URL(postgresSchema(server, schema));
  url.searchParams.set('options', `-csearch_path=${schema}`);
  return `sqla+${url.href}`;
}

/** Debian's Python with Celery 5.2, as a peer: scripts that call, workers that serve. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../tools/services.ts';
import { fork } from './zygote.ts';

/** Where its scripts are. */
export const FOLDER = fileURLToPath(new URL('./python', import.meta.url));

export interface Peer {
  readonly broker: string;
  readonly backend: string;
  readonly queue?: string;
  /** Seconds. */
  readonly visibility?: number;
  /** The database of its Django, at a postgresql:// URL; then `django-db` may be its backend. */
  readonly django?: string;
  /** Celery's result_extended. */
  readonly extended?: boolean;
  /** The Redis where counted tasks write down that they ran, where that is not the backend. */
  readonly notes?: string;
}

/** What its processes are told. */
export const environment = ({ broker, backend, queue, visibility, django, extended, notes }: Peer) => ({
  ...process.env,
  INTEROP_BROKER: broker,
  INTEROP_BACKEND: backend,
  ...(queue ? { INTEROP_QUEUE: queue } : {}),
  ...(visibility ? { INTEROP_VISIBILITY: String(visibility) } : {}),
  ...(django ? { DJANGO_SETTINGS_MODULE: 'django_settings', INTEROP_DATABASE: django } : {}),
  ...(notes ? { INTEROP_NOTES: notes } : {}),
  ...(extended ? { INTEROP_EXTENDED: '1' } : {}),
  PYTHONDONTWRITEBYTECODE: '1',
});

/** A process of one of the scripts in `python/`. */
export const spawnPython = (script: string, peer: Peer) =>
  spawn(PYTHON, [`${FOLDER}/${script}`], { cwd: FOLDER, env: environment(peer) });

/** Runs Python code beside `tasks.py`; resolves with what it left in `answer`. */
export async function python<T>(peer: Peer, code: string): Promise<T> {
  const {
    code: status,
    stdout,
    stderr,
  } = await fork({ script: `${FOLDER}/run.py` }, { env: environment(peer), cwd: FOLDER, stdin: code });
  if (status !== 0) throw new Error(`python ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
}

/** What one of the scripts in `python/` answers to questions, both JSON; for those that need no broker. */
export async function askPython<T>(script: string, questions: unknown): Promise<T> {
  const child = spawn(PYTHON, [`${FOLDER}/${script}`], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdin.end(JSON.stringify(questions));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`python ended with ${status}:\n${err}`);
  return JSON.parse(out) as T;
}

export interface PythonWorker {
  readonly log: readonly string[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A real `celery worker` for `tasks.py`, ready to serve. */
export async function pythonWorker(peer: Peer, ...more: readonly string[]): Promise<PythonWorker> {
  const queue = peer.queue ?? 'celery';
  const args = [
    '-m',
    'celery',
    '-A',
    'tasks',
    'worker',
    '-l',
    'info',
    '-c',
    '2',
    '-Q',
    queue,
    '-n',
    `py-${queue}@%h`,
  ];
  const options = ['--without-gossip', '--without-mingle', ...more];
  const child = spawn(PYTHON, [...args, ...options], {
    cwd: FOLDER,
    env: environment(peer),
    detached: true,
  });
  const log: string[] = [];
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line);
      if (/ ready\.$/.test(line)) ready.resolve();
    });
  }
  const exited = once(child, 'exit');
  exited.then(() => ready.reject(new Error(`celery did not start:\n${log.join('\n')}`)));
  const killGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // Gone already.
    }
  };
  process.once('exit', () => killGroup('SIGKILL'));
  await ready.promise;
  return {
    log,
    async stop(signal = 'SIGTERM') {
      if (signal === 'SIGKILL') killGroup(signal);
      else child.kill(signal);
      await exited;
    },
  };
}

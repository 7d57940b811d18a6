import { spawnSync } from 'node:child_process';

/** Where Celery may be: a Python named by the user, the first on the path, Debian's own (apt's python3-celery). */
const candidates = [process.env['LOVAGE_BENCH_PYTHON'], 'python3', '/usr/bin/python3'];
const question =
  'import celery, kombu, redis, sys; print(sys.version.split()[0], celery.__version__, kombu.__version__, redis.__version__)';

export interface PythonSide {
  readonly file: string;
  readonly versions: Readonly<Record<'python' | 'celery' | 'kombu' | 'redis-py', string>>;
}

let found: PythonSide | undefined | null = null;

/** The first Python that can import Celery and its Redis client; undefined when there is none. */
export function findPython(): PythonSide | undefined {
  if (found === null) found = candidates.map(ask).find((side) => side !== undefined);
  return found;
}

/** Its file. Throws, saying what to install, when there is none. */
export function python(): string {
  const side = findPython();
  if (side === undefined)
    throw new Error('no Python with Celery: apt-get install python3-celery python3-redis');
  return side.file;
}

function ask(file: string | undefined): PythonSide | undefined {
  if (file === undefined) return undefined;
  const { status, stdout } = spawnSync(file, ['-c', question], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [python, celery, kombu, redis] = stdout.trim().split(' ') as [string, string, string, string];
  return { file, versions: { python, celery, kombu, 'redis-py': redis } };
}

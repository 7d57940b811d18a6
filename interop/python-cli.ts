import { tmpdir } from 'node:os';
import type { Said } from './lovage-cli.ts';
import { fork } from './zygote.ts';

/** Runs Celery's own command line to its end, without an app. */
export function celeryCli(broker: string, ...args: readonly string[]): Promise<Said> {
  return fork(
    { celery: ['-b', broker, ...args] },
    { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }, cwd: tmpdir() },
  );
}

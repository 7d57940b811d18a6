import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LOVAGE = fileURLToPath(import.meta.resolve('lovage/bin'));
const APP = fileURLToPath(new URL('../app.ts', import.meta.url));

export interface CeleryFlags {
  readonly loglevel?: string;
  readonly concurrency?: number;
  readonly pool: string;
  readonly queue: string;
  readonly purge?: boolean;
  readonly beat?: boolean;
}

/** What `lovage worker` is told. */
export function workerArguments({ loglevel, concurrency, pool, queue, purge }: CeleryFlags): string[] {
  return [
    ...['worker', '-A', APP, '-P', pool, '-Q', queue],
    ...(loglevel === undefined ? [] : ['-l', loglevel]),
    ...(concurrency === undefined ? [] : ['-c', String(concurrency)]),
    ...(purge ? ['--purge'] : []),
  ];
}

/** A worker, and beat beside it where it is asked for. Stops both with the signals that stop us; answers the worker's exit code. */
export async function runCelery(flags: CeleryFlags): Promise<number> {
  const start = (args: readonly string[]) =>
    spawn(process.execPath, [...process.execArgv, LOVAGE, ...args], { stdio: 'inherit' });
  const worker = start(workerArguments(flags));
  const level = flags.loglevel === undefined ? [] : ['-l', flags.loglevel];
  const beat = flags.beat ? start(['beat', '-A', APP, ...level]) : undefined;
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    process.on(signal, () => {
      stopping = true;
      worker.kill(signal);
      beat?.kill('SIGTERM');
    });
  }
  // A schedule that is not sent any more must be seen, not found out. A second signal would end the worker coldly.
  beat?.once('exit', () => stopping || worker.kill('SIGTERM'));
  const [code] = (await once(worker, 'exit')) as [number | null];
  if (beat && beat.exitCode === null && beat.signalCode === null) {
    beat.kill('SIGTERM');
    await once(beat, 'exit');
  }
  return code ?? 1;
}

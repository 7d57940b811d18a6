import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOVAGE = fileURLToPath(import.meta.resolve('lovage/bin'));
const APP = fileURLToPath(new URL('../app.ts', import.meta.url));

/** A real `lovage worker` in a process of its own, prefork with two children. Its log lines go to `onLine`. */
export async function startWorker(options: {
  readonly broker: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}) {
  const args = ['worker', '-A', APP, '-c', '2', '-P', 'prefork', '-l', 'info'];
  if (options.broker) args.push('-b', options.broker);
  const child = spawn(process.execPath, [...process.execArgv, LOVAGE, ...args], {
    env: { ...process.env, ...options.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever becomes of the demo, its worker does not outlive it.
  process.once('exit', () => child.kill());
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const tail: string[] = [];
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line);
      if (tail.length > 30) tail.shift();
      if (/ ready\.$/.test(line)) ready.resolve();
      options.onLine(line);
    });
  }
  exited.then(([code]) => ready.reject(new Error(`the worker ended with ${code}:\n${tail.join('\n')}`)));
  await ready.promise;
  return {
    pid: child.pid,
    /** A warm shutdown, as an operator would. Answers the exit code. */
    async stop(): Promise<number | null> {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

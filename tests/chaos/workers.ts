import { fileURLToPath } from 'node:url';
import { WorkerProcess } from '../e2e/worker-process.ts';

const APP = fileURLToPath(new URL('./app.ts', import.meta.url));

/** A worker of the chaos app with two children. */
export const startWorker = (env: Readonly<Record<string, string>>, name: string): WorkerProcess =>
  new WorkerProcess({ app: APP, env, name, args: ['-c', '2'] });

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const LOVAGE = fileURLToPath(import.meta.resolve('lovage/bin'));
const APP = fileURLToPath(new URL('../src/app.ts', import.meta.url));
const MANAGE = fileURLToPath(new URL('../src/manage.ts', import.meta.url));
const WEB = fileURLToPath(new URL('../src/web.ts', import.meta.url));

import { freePort } from '../../../tools/services/ports.ts';
import { until } from './until.ts';

type Environment = Readonly<Record<string, string>>;

const living = new Set<ChildProcess>();
after(() => {
  for (const child of living) child.kill('SIGKILL');
});

/** One of doorito's processes, as the Procfile starts it. */
export class Process {
  readonly log: string[] = [];
  readonly #child: ChildProcess;
  readonly ended: Promise<unknown>;

  constructor(args: readonly string[], env: Environment, cwd: string) {
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    this.#child = spawn(process.execPath, ['--conditions=lovage-source', ...args], {
      cwd,
      env: { ...inherited, ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    living.add(this.#child);
    this.ended = once(this.#child, 'close').then(() => living.delete(this.#child));
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.log.push(line);
        this.#child.emit('said', line);
      });
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The first line that matches, said or yet to come. Rejects when it ends without. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const found = this.log.map((line) => pattern.exec(line)).find((match) => match !== null);
    if (found) return found;
    return await new Promise((resolve, reject) => {
      this.#child.on('said', (line: string) => {
        const match = pattern.exec(line);
        if (match) resolve(match);
      });
      void this.ended.then(() => reject(new Error(`ended without ${pattern}:\n${this.log.join('\n')}`)));
    });
  }

  /** At once, with the children of its pool: resolves when none of them is left to write anything. */
  async kill(): Promise<void> {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ');
    await this.end('SIGKILL');
    await until('its children end', () => !children.some((pid) => pid && existsSync(`/proc/${pid}`)));
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.ended;
  }
}

/** doorito at work. */
export interface Running {
  readonly url: string;
  readonly processes: readonly Process[];
}

/** `npm run manage`: what it says, once it has ended. */
export async function manage(args: readonly string[], env: Environment, cwd: string): Promise<string> {
  const process = new Process([MANAGE, ...args], env, cwd);
  await process.ended;
  return process.log.join('\n');
}

/** `npm start` without its receiver: the Procfile's web, worker and beat, by one command. */
export async function startAll(env: Environment): Promise<Running> {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const port = String(await freePort());
  const all = new Process(
    [LOVAGE, 'dev', 'web', 'worker', 'beat', '-e', 'demo.env', '-p', port],
    env,
    folder,
  );
  const [[, url]] = await Promise.all([all.says(/doorito is at (http:\S+)\//), all.says(/ ready\.$/)]);
  return { url: url!, processes: [all] };
}

/** The web process and a worker, each by itself. */
export async function startApart(env: Environment, cwd: string): Promise<Running> {
  const [{ web, url }, worker] = await Promise.all([startWeb(env, cwd), startWorker(env, cwd)]);
  return { url, processes: [web, worker] };
}

/** The web process, and where it is. */
async function startWeb(env: Environment, cwd: string): Promise<{ web: Process; url: string }> {
  const web = new Process([WEB], { ...env, PORT: '0' }, cwd);
  const [, url] = await web.says(/^doorito is at (http:\S+)\//);
  return { web, url: url! };
}

/** A worker of both queues that has begun to consume. */
export async function startWorker(env: Environment, cwd: string, children = 1): Promise<Process> {
  const args = ['worker', '-A', APP, '-Q', 'high,default', '-c', String(children), '-l', 'info'];
  const worker = new Process([LOVAGE, ...args], env, cwd);
  await worker.says(/ ready\.$/);
  return worker;
}

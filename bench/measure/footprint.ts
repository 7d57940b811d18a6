import { copyFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../clock.ts';
import { cpuMs, proportionalBytes } from '../processes.ts';
import { type Command, Program } from '../program.ts';
import type { Figures } from '../row.ts';
import { Scratch } from '../scratch.ts';
import { median } from '../statistics.ts';
import type { System } from '../systems/system.ts';
import { ready } from './ready.ts';

const megabyte = 1e6;

/** Proportional memory of an idle worker with all its processes, three seconds after it was ready. */
export async function idleMemory(system: System): Promise<Figures> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  await using worker = new Program(onItsOwnNode(system.worker(), scratch), opened.store, scratch, 'worker');
  await ready(worker, scratch, { settleMs: 3000 });
  return { memory: proportionalBytes(worker.pid) / megabyte };
}

/**
 * The same command on a copy of Node. The pages of one binary are shared by all that run it, the bench too:
 * a proportional figure would shrink with every other Node on the machine, by 20 MB for a single one.
 */
function onItsOwnNode(command: Command, scratch: Scratch): Command {
  if (command.file !== process.execPath) return command;
  const copy = scratch.file('node');
  copyFileSync(process.execPath, copy);
  return { ...command, file: copy };
}

/** Share of one core that an idle worker takes, over `seconds`, beginning two seconds after it was ready. */
export async function idleCpu(system: System, seconds: number): Promise<Figures> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  await using worker = new Program(system.worker(), opened.store, scratch, 'worker');
  await ready(worker, scratch, { settleMs: 2000 });
  const [before, began] = [cpuMs(worker.pid), now()];
  await sleep(seconds * 1000);
  return { cpu: ((cpuMs(worker.pid) - before) / (now() - began)) * 100 };
}

/** Seconds from starting the worker's process to the worker being ready for tasks. */
export async function startUp(system: System): Promise<Figures> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  await using worker = new Program(system.worker(), opened.store, scratch, 'worker');
  await ready(worker, scratch);
  return { time: (scratch.marks('ready')[0]! - worker.started) / 1000 };
}

/** Milliseconds that a command takes from start to exit, the median of ten. */
export async function runTime(command: () => Command): Promise<Figures> {
  using scratch = new Scratch();
  const times: number[] = [];
  for (let n = 0; n < 10; n += 1) {
    await using program = new Program(command(), { env: {} }, scratch, 'command');
    await program.finished();
    times.push(now() - program.started);
  }
  return { time: median(times) };
}

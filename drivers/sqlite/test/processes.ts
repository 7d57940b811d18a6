import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = new URL('program.ts', import.meta.url);

/** A process of its own on the file; see program.ts. */
export function start(url: string, command: string, argument = ''): ChildProcess {
  return fork(PROGRAM, [url, command, argument], {
    execArgv: process.execArgv.filter((each) => !each.startsWith('--test')),
  });
}

/** Runs to its own end. */
export async function run(url: string, command: string, argument = ''): Promise<void> {
  const child = start(url, command, argument);
  const [code] = await once(child, 'exit');
  assert.equal(code, 0, `${command} ended with ${code}`);
}

/** SIGKILL once it has sent `count` messages: in the middle of whatever it does then. */
export async function killAfter(child: ChildProcess, count: number): Promise<void> {
  let seen = 0;
  child.on('message', () => {
    seen += 1;
    if (seen === count) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL');
}

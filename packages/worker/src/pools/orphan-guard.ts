import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Remembers the last line; when no more can come, because the writer is gone, kills whom it names. */
const SCRIPT = `trap '' HUP INT QUIT TERM
while read -r line; do children=$line; done
[ -z "$children" ] || kill -9 $children`;

/**
 * Ends the children of a process that vanished without a word (SIGKILL, out of memory).
 *
 * A child notices by itself that its parent is gone, but only once its event loop turns: one that computes in a
 * loop, or that is stopped, would go on alone. So a shell waits at the other end of a pipe (0.2 MB; a watchdog
 * thread in each child costs 12 MB and stops with it). Where there is no `/bin/sh` the children's own watch remains.
 */
export class OrphanGuard {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'pool-guard'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    // No shell, or somebody killed it. What it guards against is rare, and failing here would make it worse.
    this.#shell.on('error', () => {});
    this.#shell.stdin!.on('error', () => {});
    this.#shell.unref();
    (this.#shell.stdin as Socket).unref();
  }

  /** Whom to kill, from now on. */
  watch(pids: readonly number[]): void {
    this.#shell.stdin!.write(`${pids.join(' ')}\n`);
  }

  close(): void {
    this.#shell.stdin!.end();
  }
}

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PERMIT_BYTES } from './permit.ts';

/** Far more than a child is ever given ahead. */
const MOST = 1024;
/** Made at a time: each time costs a process, for a few milliseconds. */
const BATCH = 8;

/**
 * Who may begin the jobs that a child was given ahead: a named pipe that pool and child both read.
 *
 * The pool puts a permit in for each such job; the child takes one out before it begins the next. What the pool takes
 * out itself, the child has not begun and never will. The kernel hands each permit to one reader only, so the pool
 * need not ask: a child that computes, hangs or is dead could not answer.
 */
export class Permits {
  /** Opened for both directions, without waiting. The child inherits it. */
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Before the jobs are sent, so that a job without a permit is one that was taken back. */
  issue(numbers: readonly number[]): void {
    const bytes = Buffer.allocUnsafe(PERMIT_BYTES * numbers.length);
    numbers.forEach((number, index) => {
      bytes.writeUInt32LE(number, index * PERMIT_BYTES);
    });
    writeSync(this.fd, bytes);
  }

  /** All that the child has not taken. */
  takeBack(): Set<number> {
    const bytes = Buffer.allocUnsafe(PERMIT_BYTES * MOST);
    const numbers = new Set<number>();
    try {
      const length = readSync(this.fd, bytes);
      for (let at = 0; at < length; at += PERMIT_BYTES) numbers.add(bytes.readUInt32LE(at));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return numbers;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** The pipes of a pool, used again by one child after the other. */
export class PermitStore {
  readonly #free: Permits[] = [];
  #closed = false;
  #unable = false;

  /** Undefined where there are no named pipes, or nowhere to make them: then no job is handed to a child ahead. */
  acquire(): Permits | undefined {
    if (this.#free.length === 0 && !this.#unable) this.#make();
    return this.#free.pop();
  }

  /** Once its child has ended. */
  release(permits: Permits): void {
    permits.takeBack();
    if (this.#closed) permits.close();
    else this.#free.push(permits);
  }

  close(): void {
    this.#closed = true;
    for (const permits of this.#free.splice(0)) permits.close();
  }

  #make(): void {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(tmpdir(), 'lovage-pool-'));
      const paths = Array.from({ length: BATCH }, (_, index) => join(folder!, String(index)));
      execFileSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' });
      for (const path of paths) {
        this.#free.push(new Permits(openSync(path, constants.O_RDWR | constants.O_NONBLOCK)));
      }
    } catch {
      this.#unable = this.#free.length === 0;
    } finally {
      // Nobody needs their names any more.
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }
}

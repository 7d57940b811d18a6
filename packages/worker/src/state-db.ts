import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImproperlyConfigured } from '@lovage/app';
import type { Revocation } from '@lovage/contracts';
import { storedRevocation } from '@lovage/contracts/kit';

/** What a worker remembers from one run to the next. */
export interface WorkerState {
  /** The logical clock. */
  readonly clock: number;
  readonly revoked: readonly Revocation[];
}

const FORMAT = 'lovage-worker-state';
const VERSION = 1;
/** Far more than 50,000 revocations take. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The file of `--statedb`: one JSON document, replaced as a whole, so that a crash leaves the old one or the new one. */
export class StateDb {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Undefined where there is no file yet, or an empty one.
   * @throws ImproperlyConfigured, naming the file, when it cannot be read or is no state file of ours
   */
  async read(): Promise<WorkerState | undefined> {
    const text = await this.#text();
    if (text === undefined || text.trim() === '') return undefined;
    const found = parse(text);
    if (found?.['format'] !== FORMAT) {
      throw this.#unusable(
        'is no state file of Lovage. The state file of a Python worker cannot be shared: name a file of its own, or remove this one',
      );
    }
    if (found['version'] !== VERSION) {
      throw this.#unusable(
        `was written by another version of Lovage (${JSON.stringify(found['version'])}; this one knows ${VERSION}): name another file, or remove this one`,
      );
    }
    const { clock, revoked } = found;
    const whole = typeof clock === 'number' && Number.isSafeInteger(clock) && Array.isArray(revoked);
    if (!whole || !revoked.every(isRevocation)) throw this.#unusable('is damaged: restore it, or remove it');
    return { clock, revoked };
  }

  /**
   * Resolves once it is on the disk.
   * @throws ImproperlyConfigured, naming the file, when it cannot be written
   */
  async write({ clock, revoked }: WorkerState): Promise<void> {
    // Of its own for each process: two workers on one file then replace it in turn, and never mix.
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      await withFile(temporary, 'w', async (file) => {
        await file.writeFile(JSON.stringify({ format: FORMAT, version: VERSION, clock, revoked }));
        await file.sync();
      });
      await rename(temporary, this.path);
      // The rename itself lies in the folder. Windows has no such handle, and no need of one.
      if (process.platform !== 'win32') await withFile(dirname(this.path), 'r', (folder) => folder.sync());
    } catch (error) {
      throw this.#unusable(`cannot be written: ${messageOf(error)}`, error);
    }
  }

  async #text(): Promise<string | undefined> {
    try {
      const { size } = await stat(this.path);
      if (size > MOST_BYTES) throw new Error(`it has ${size} bytes, which no state file has`);
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#unusable(`cannot be read: ${messageOf(error)}`, error);
    }
  }

  #unusable(why: string, cause?: unknown): ImproperlyConfigured {
    return new ImproperlyConfigured(`the state file ${this.path} ${why}`, { cause });
  }
}

async function withFile(
  path: string,
  flags: string,
  job: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await job(file);
  } finally {
    await file.close();
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isRevocation(value: unknown): value is Revocation {
  const { kind, taskId, header, value: stamped, untilMs } = (value ?? {}) as Record<string, unknown>;
  const texts = kind === 'id' ? [taskId] : kind === 'stamp' ? [header, stamped] : [undefined];
  if (typeof untilMs !== 'number' || !texts.every((text) => typeof text === 'string')) return false;
  try {
    storedRevocation(value as Revocation);
    return true;
  } catch {
    return false;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

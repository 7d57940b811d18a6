import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one measurement: the store's file, what the programs mark, what they print. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'lovage-bench-'));
  readonly marksFile = join(this.path, 'marks');

  constructor() {
    writeFileSync(this.marksFile, '');
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Every value marked under `what` so far, in the order of writing. */
  marks(what: string): number[] {
    return readFileSync(this.marksFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`${what} `))
      .map((line) => Number(line.slice(what.length + 1)));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

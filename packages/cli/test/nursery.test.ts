import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = import.meta.resolve('../src/worker/nursery.ts');

/** A process that keeps some of what it makes, as a worker does, until `done`; prints how large its nursery is then. */
async function nurseryAfter(begun: string, done: string): Promise<number> {
  const script = `
    import v8 from 'node:v8';
    import { growNursery, nurseryBytes } from ${JSON.stringify(MODULE)};
    v8.setFlagsFromString('--semi-space-growth-factor=1'); // As bin/lovage.js does.
    let tasks = 0, turns = 0;
    using nursery = growNursery(() => ${begun});
    const alive = [];
    const end = Date.now() + 60_000;
    while (!(${done}) && Date.now() < end) {
      for (let n = 0; n < 20_000; n += 1) alive[(tasks += 1) % 400_000] = [n];
      turns += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(nurseryBytes());`;
  const flags = ['--conditions=lovage-source', '--input-type=module', '--eval', script];
  return Number((await run(process.execPath, flags)).stdout);
}

test('a busy worker has room for what it makes', async () => {
  assert.ok((await nurseryAfter('tasks', 'nurseryBytes() >= 8 * 2 ** 20')) >= 8 * 2 ** 20);
});

test('one that runs no tasks stays small, whatever else it does', async () => {
  assert.ok((await nurseryAfter('0', 'turns >= 300')) <= 2 * 2 ** 20);
});

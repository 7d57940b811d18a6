import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { Revocation } from '@lovage/contracts';
import { PYTHON, requireService } from '../../../tools/services.ts';
import { StateDb } from '../src/state-db.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lovage-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

const file = (name = 'w1.state') => join(folder, name);
const revoked: Revocation[] = [
  { kind: 'id', taskId: 'é', untilMs: 1000 },
  { kind: 'stamp', header: 'tenant', value: 'acme', untilMs: 2000 },
];

suite('the state file', () => {
  test('what is written is read, and nothing else is left in its folder', async () => {
    await new StateDb(file()).write({ clock: 1, revoked: [] });
    await new StateDb(file()).write({ clock: 42, revoked });
    assert.deepEqual(await new StateDb(file()).read(), { clock: 42, revoked });
    assert.deepEqual(await readdir(folder), ['w1.state']);
  });

  test('no file, and an empty one, hold nothing', async () => {
    assert.equal(await new StateDb(file()).read(), undefined);
    await writeFile(file(), '');
    assert.equal(await new StateDb(file()).read(), undefined);
  });

  const whole = { format: 'lovage-worker-state', version: 1, clock: 1, revoked };
  for (const [what, content, reason] of [
    ['text', 'Dear diary', /is no state file of Lovage\. The state file of a Python worker cannot be shared/],
    ['another JSON document', '{"clock": 1}', /is no state file of Lovage/],
    ['no JSON object', 'null', /is no state file of Lovage/],
    ['half of a document', JSON.stringify(whole).slice(0, 60), /is no state file of Lovage/],
    [
      'a later version',
      JSON.stringify({ ...whole, version: 2 }),
      /another version of Lovage \(2; this one knows 1\)/,
    ],
    ['no clock', JSON.stringify({ ...whole, clock: 'x' }), /is damaged/],
    ['no revocations', JSON.stringify({ ...whole, revoked: {} }), /is damaged/],
    ['a strange one', JSON.stringify({ ...whole, revoked: [{ kind: 'all' }] }), /is damaged/],
    ['one without end', JSON.stringify({ ...whole, revoked: [{ kind: 'id', taskId: 'a' }] }), /is damaged/],
    [
      'an empty id',
      JSON.stringify({ ...whole, revoked: [{ kind: 'id', taskId: '', untilMs: 1 }] }),
      /is damaged/,
    ],
    ['nothing', JSON.stringify({ ...whole, revoked: [null] }), /is damaged/],
  ] as const) {
    test(`a file with ${what} is refused by name, and left as it is`, async () => {
      await writeFile(file(), content);
      await assert.rejects(new StateDb(file()).read(), (error: Error) => {
        assert.equal(error.name, 'ImproperlyConfigured');
        assert.ok(error.message.startsWith(`the state file ${file()} `), error.message);
        assert.match(error.message, reason);
        return true;
      });
      assert.equal(await readFile(file(), 'utf8'), content);
    });
  }

  test("a Python worker's is refused", { skip: requireService('celery') }, async () => {
    const write = 'import shelve, sys; db = shelve.open(sys.argv[1]); db["clock"] = 3; db.close()';
    execFileSync(PYTHON, ['-c', write, file('py')]);
    const [made = ''] = await readdir(folder);
    await assert.rejects(
      new StateDb(file(made)).read(),
      /is no state file of Lovage\. The state file of a Python/,
    );
  });

  test('one that cannot be read or written is named', async () => {
    await mkdir(file('folder'));
    await assert.rejects(
      new StateDb(file('folder')).read(),
      /the state file .*folder cannot be read: EISDIR/,
    );
    await assert.rejects(
      new StateDb(file('folder')).write({ clock: 1, revoked }),
      /folder cannot be written/,
    );
    const nowhere = new StateDb(file('missing/w1.state'));
    assert.equal(await nowhere.read(), undefined);
    await assert.rejects(nowhere.write({ clock: 1, revoked }), {
      name: 'ImproperlyConfigured',
      message: /missing\/w1\.state cannot be written: ENOENT/,
    });
  });

  test('a process killed while it writes leaves a whole one', { timeout: 60_000 }, async () => {
    const execArgv = process.execArgv.filter((each) => !each.startsWith('--test'));
    let seen = 0;
    for (let round = 0; round < 5; round += 1) {
      const child = fork(new URL('state-db-writer.ts', import.meta.url), [file(), String(seen)], {
        execArgv,
      });
      const exited = once(child, 'exit');
      let told = seen;
      child.on('message', (clock) => {
        told = clock as number;
        if (told >= seen + 3 + round) child.kill('SIGKILL');
      });
      const [, signal] = await exited;
      assert.equal(signal, 'SIGKILL');
      const state = await new StateDb(file()).read();
      assert.ok(state && state.clock >= told, `clock ${state?.clock} after ${told} was written`);
      assert.equal(state.revoked.length, 20_000);
      seen = state.clock;
    }
  });
});

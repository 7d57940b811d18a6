import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { on } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FromChild, ToChild } from '../src/pools/messages.ts';
import { ENTRY } from './pools-scene.ts';

const HOST = fileURLToPath(new URL('../src/pools/host.ts', import.meta.url));

// The pool may hear that a job has ended, and ask the next one to stop, before the child has begun that.
test('process pool: a job that is asked to stop just before it begins sees its signal abort', {
  timeout: 60_000,
}, async (t) => {
  const child = fork(HOST, { serialization: 'advanced' });
  t.after(() => child.kill('SIGKILL'));
  const messages = on(child, 'message');
  const heard = async () => ((await messages.next()).value as [FromChild])[0];
  const tell = (message: ToChild) => child.send(message);

  tell({ kind: 'init', entry: ENTRY.href, data: {}, number: 1, permits: undefined, maxMemoryKib: undefined });
  assert.equal((await heard()).kind, 'ready');
  const jobs = [
    { id: 'before', input: { do: 'echo', value: 1, ms: 50 } },
    { id: 'asked', input: { do: 'sleep', ms: 600_000 } },
    { id: 'after', input: { do: 'sleep', ms: 1 } },
  ];
  tell({ kind: 'run', orders: jobs.map((job) => ({ permit: undefined, job })) });
  tell({ kind: 'stop', id: 'asked' });
  const kinds = [(await heard()).kind, (await heard()).kind, (await heard()).kind];
  assert.deepEqual(kinds, ['returned', 'threw', 'returned']);
});

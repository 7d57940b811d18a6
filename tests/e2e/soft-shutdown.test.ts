import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PreforkStage } from './prefork-stage.ts';
import { until } from './stage.ts';

test('QUIT gives running tasks a last chance; a second QUIT does not', { timeout: 60_000 }, async () => {
  await using stage = new PreforkStage();
  const worker = await stage.worker('-c', '1', '--soft-shutdown-timeout', '3600');
  await stage.send('pf.nap_late', [3600, 'long']);
  await until(() => stage.runs('long') === 1, 'it runs');
  worker.signal('SIGQUIT');
  await worker.says(/Initiating Soft Shutdown, terminating in 3600 seconds/);
  worker.signal('SIGQUIT');
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  assert.equal((await stage.depth()).ready, 1, 'its message is back');
});

test('what ends during a soft shutdown has ended', { timeout: 60_000 }, async () => {
  await using stage = new PreforkStage();
  const worker = await stage.worker('-c', '1', '--soft-shutdown-timeout', '3600');
  const result = await stage.send('pf.nap_late', [0.5, 'short']);
  await until(() => stage.runs('short') === 1, 'it runs');
  worker.signal('SIGQUIT');
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  assert.equal(await result.state(), 'SUCCESS');
});

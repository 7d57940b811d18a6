import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Conclusion } from '../src/conclusion.ts';
import { threadPool } from '../src/pools/threads.ts';
import { output, scratch } from './pools-scene.ts';
import { Scene } from './scene.ts';

test('the program of the children runs tasks in threads: app, name in the log, signals', async (t) => {
  const { app } = new Scene(t);
  await app.sendTask('child.add', { args: [2, 3] });
  const { broker } = await app.drivers();
  const [envelope] = await broker.peek('celery', 1);

  const folder = scratch(t);
  process.env['CHILD_APP_LOG'] = join(folder, 'log%I');
  t.after(() => delete process.env['CHILD_APP_LOG']);
  const pool = threadPool({
    size: 2,
    entry: new URL('../src/child.ts', import.meta.url),
    data: {
      appModule: join(import.meta.dirname, 'child-app.ts'),
      facts: { hostname: 'w@h', keepsResults: true, foreignPeers: false },
      overrides: { lovageLogLevel: 'info' },
    },
  });
  t.after(() => pool.close(0));
  await pool.open();
  const outcome = await pool.run({ id: '1', input: { envelope, queue: 'celery', redelivered: false } });
  const { records, report } = output(outcome) as Conclusion;
  assert.equal(report.kind, 'succeeded');
  assert.equal(records[0]?.state, 'SUCCESS');
  await pool.close(10_000);

  for (const number of [1, 2]) {
    const log = readFileSync(join(folder, `log-${number}`), 'utf8');
    assert.match(log, new RegExp(`INFO/ThreadPoolWorker-${number}\\] prepared in a thread\n`));
    assert.match(log, new RegExp(`INFO/ThreadPoolWorker-${number}\\] shut down by ${process.pid}\n`));
  }
});

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTaskLine } from '../src/logtool/task-line.ts';
import { emptyFolder, emptyStore, fixture, lovage, startWorker } from './lovage.ts';

/** Written by a worker of Celery 5.2.6, at level DEBUG. */
const CELERY_LOG = fixture('celery-worker.log');
const SHOP = ['-A', fixture('shop.ts')];

/** What a worker of ours logs of three tasks: one that ends, one that fails, one that does not end. */
async function ourLog(
  ...flags: string[]
): Promise<{ log: string; ids: Record<'add' | 'fail' | 'slow', string> }> {
  const store = ['-b', emptyStore()];
  const worker = await startWorker([...SHOP, ...store, '-P', 'async', ...flags]);
  const call = async (name: string, args: string): Promise<string> =>
    (await lovage(['call', name, '-a', args, ...SHOP, ...store])).stdout.trim();
  const add = await call('shop.add', '[2, 3]');
  await worker.says(/succeeded in/);
  const fail = await call('shop.fail', '["boom"]');
  await worker.says(/raised unexpected/);
  const slow = await call('shop.slow', '[60000]');
  await worker.says(/slow is running/);
  worker.process.kill('SIGQUIT');
  await worker.ended;
  const log = join(emptyFolder(), 'worker.log');
  writeFileSync(log, worker.said());
  return { log, ids: { add, fail, slow } };
}

const logtool = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await lovage(['logtool', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
};

suite('lovage logtool', { concurrency: 2 }, () => {
  test('stats of a log of Celery', async () => {
    assert.equal(
      await logtool('stats', CELERY_LOG),
      [
        'Task       Received  Succeeded  Failed  Retried  Other    Mean  Longest',
        '───────────────────────────────────────────────────────────────────────',
        'tasks.add         3          2       1        0      0  0.000s   0.000s',
        '',
        '3 tasks received: 2 succeeded, 1 failed, 0 incomplete.',
        '',
      ].join('\n'),
    );
  });

  test('errors, traces and debug of a log of Celery', async () => {
    assert.match(
      await logtool('errors', CELERY_LOG),
      /^\[2026-.* ERROR\/ForkPoolWorker-1\] Task tasks\.add\[af9f1ab9-.* raised unexpected: .*\n$/,
    );
    const traces = await logtool('traces', CELERY_LOG);
    assert.match(traces, /^\[2026-[^\n]* raised unexpected: [^\n]*\nTraceback \(most recent call last\):\n/);
    assert.match(traces, /\nTypeError: unsupported operand type\(s\) for \+: 'int' and 'str'\n"""\n$/);
    const debug = await logtool('debug', CELERY_LOG);
    assert.match(debug, /celery@host ready\./);
    assert.doesNotMatch(debug, /\] Task tasks\.add/);
    assert.equal(await logtool('incomplete', CELERY_LOG), '');
  });

  for (const [what, flags] of [
    ['text', []],
    ['JSON', ['--json']],
  ] as const) {
    test(`a log of ours, in ${what}`, async () => {
      const { log, ids } = await ourLog(...flags);
      const { tasks, ...sums } = JSON.parse(await logtool('stats', '--json', log)) as {
        tasks: { task: string; received: number; succeeded: number; failed: number }[];
      };
      assert.deepEqual(sums, { total: 3, succeeded: 1, errors: 1, retried: 0, incomplete: 1 });
      assert.deepEqual(
        Object.fromEntries(
          tasks.map(({ task, received, succeeded, failed }) => [task, [received, succeeded, failed]]),
        ),
        { 'shop.add': [1, 1, 0], 'shop.fail': [1, 0, 1], 'shop.slow': [1, 0, 0] },
      );
      assert.match(
        await logtool('incomplete', log),
        new RegExp(`^Did not complete: ${ids.slow} \\(shop\\.slow, received 2\\d{3}-`),
      );
      assert.match(
        await logtool('traces', log),
        new RegExp(
          `Task shop\\.fail\\[${ids.fail}\\] raised unexpected: [^\\n]*\\nTypeError: boom\\n    at `,
        ),
      );
      const errors = (await logtool('errors', '--json', log)).trim().split('\n');
      assert.equal(errors.length, 1);
      assert.match(
        (JSON.parse(errors[0]!) as { message: string }).message,
        new RegExp(`^Task shop\\.fail\\[${ids.fail}\\]`),
      );
      assert.match(await logtool('debug', log), /slow is running/);
    });
  }

  test('several logs are one; packed ones are unpacked; standard input is read', async () => {
    const packed = join(emptyFolder(), 'old.log.gz');
    writeFileSync(packed, gzipSync(readFileSync(CELERY_LOG)));
    const { stdout, code } = await lovage(['logtool', 'stats', '--json', packed, '-', CELERY_LOG], {
      input: readFileSync(CELERY_LOG, 'utf8'),
    });
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { total: number }).total, 9);
  });

  test('a log that is not there, or not what its name says', async () => {
    const none = await lovage(['logtool', 'stats', '/no/such.log']);
    assert.deepEqual([none.code, none.stdout], [1, '']);
    assert.match(none.stderr, /Cannot read \/no\/such\.log: ENOENT/);
    const fake = join(emptyFolder(), 'fake.gz');
    writeFileSync(fake, 'not packed');
    assert.match(
      (await lovage(['logtool', 'errors', fake])).stderr,
      /Cannot read .*fake\.gz: incorrect header/,
    );
    assert.match(await logtool('stats', fixture('no-app.ts')), /tells of no task/);
  });

  test('what each line says', () => {
    const said = (message: string): unknown => readTaskLine(message)?.kind;
    assert.equal(said('Task a.b[1] received'), 'received');
    assert.equal(said('Received task: a.b[1]  ETA:[2026]'), 'received');
    assert.deepEqual(readTaskLine("Task a.b[1] succeeded in 1.5e-05s: 'x'"), {
      kind: 'succeeded',
      name: 'a.b',
      id: '1',
      runtime: 1.5e-5,
    });
    assert.equal(said("Task a.b[1] raised expected: KeyError('x')"), 'failed');
    assert.equal(said("Task a.b[1] retry: Retry in 1s: ValueError('x')"), 'retried');
    assert.equal(said('Task a.b[1] ignored'), 'ignored');
    assert.equal(said('Task a.b[1] rejected: no'), 'rejected');
    assert.equal(said('Discarding revoked task: a.b[1]'), 'revoked');
    assert.equal(said('Hard time limit (3s) exceeded for a.b[1]'), 'failed');
    assert.deepEqual(readTaskLine('Terminating 1 (15)'), { kind: 'revoked', id: '1', name: undefined });
    assert.equal(said('Task accepted: a.b[1] pid:3'), undefined);
    assert.equal(said('Task accepted me'), undefined);
    assert.equal(said('celery@host ready.'), undefined);
  });
});

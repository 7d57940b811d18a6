import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../src/daemon/pid-file.ts';
import { emptyFolder, emptyStore, fixture, lovage, type Running, start } from './lovage.ts';

const PERIODIC = ['-A', fixture('periodic.ts')];

/** The address of its probes, as its log says it. */
async function urlOf(beat: Running): Promise<string> {
  await beat.says(/health is served at http\S+/);
  return /served at (\S+)/.exec(beat.said())![1]!;
}

suite('lovage beat', { concurrency: 2 }, () => {
  test('says what it is, sends what is due, and one that follows leads as soon as the leader stops', async () => {
    const flags = [...PERIODIC, '-b', emptyStore(), '-l', 'info'];
    const leader = start([
      'beat',
      ...flags,
      '-S',
      'celery.beat.PersistentScheduler',
      '--http',
      '127.0.0.1:0',
    ]);
    await leader.says(/leads from now on/);
    await leader.says(
      /sending due task periodic\.tick \(periodic\.tick\) id=[\da-f-]{36} due=\S+Z late=\d+ms/,
    );
    const banner = leader
      .said()
      .split('\n')
      .map((line) => line.trim().replace(/ +/g, ' '));
    for (const line of [
      '. scheduler -> code',
      '. entries -> 2 in the code',
      '. timezone -> UTC',
      '. max interval -> 5.0s',
    ]) {
      assert.ok(banner.includes(line), `${line} is missing in\n${leader.said()}`);
    }
    assert.match(leader.said(), /\. store -> +sqlite:\S+lovage\.db \(brokerUrl\)/);

    const follower = start(['beat', '-q', ...flags, '--http', '127.0.0.1:0']);
    const [url, other] = [await urlOf(leader), await urlOf(follower)];
    const health = await fetch(`${url}/healthz`);
    assert.equal(health.status, 200);
    assert.equal(((await health.json()) as { phase: string }).phase, 'leading');
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^lovage_beat_lateness_seconds_count [1-9]/m);
    // Its first words to the store say who leads.
    while ((await fetch(`${other}/readyz`)).status !== 200) await sleep(20);
    assert.doesNotMatch(follower.said(), /leads from now on/);

    leader.process.kill('SIGTERM');
    const { code, stderr } = await leader.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /beat: Shutting down\.\.\.\n/);
    await follower.says(/leads from now on/);
    follower.process.kill('SIGINT');
    assert.equal((await follower.ended).code, 0);
    assert.doesNotMatch((await follower.ended).stdout, /Configuration/, 'quiet');
  });

  test('runs inside a worker with -B, which ends both', async () => {
    const flags = [...PERIODIC, '-b', emptyStore(), '-l', 'info'];
    const worker = start(['worker', '-B', '-P', 'solo', ...flags]);
    await worker.says(/sending due task periodic\.tick/);
    await worker.says(/Task periodic\.tick\[[\da-f-]{36}\] succeeded in \S+s: 'tock'/);
    worker.process.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\.> beat: {8}ON \(database\)/);
    // The lease is free: whoever asks now leads.
    const next = start(['beat', ...flags]);
    await next.says(/leads from now on \(fence 2\)/);
    next.process.kill('SIGTERM');
    await next.ended;
  });

  test('runs in the background, with a pid file, and keeps its entries in a file where no store can', async () => {
    const folder = emptyFolder();
    const [pidfile, logfile, file] = ['beat.pid', 'beat.log', 'entries.db'].map((name) => join(folder, name));
    const nowhere = ['-b', 'amqp://127.0.0.1:1//', '--result-backend', 'rpc://'];
    const background = ['-D', '--pidfile', pidfile!, '-f', logfile!, '-l', 'info', '-s', file!];
    const { code, stdout, stderr } = await lovage(['beat', ...PERIODIC, ...nowhere, ...background]);
    const pid = Number(readFileSync(pidfile!, 'utf8'));
    try {
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^beat@\S+ runs \(pid \d+; log: .*beat\.log\)\n$/);
      const again = await lovage(['beat', ...PERIODIC, '--pidfile', pidfile!]);
      assert.equal(again.code, 73);
      assert.match(again.stderr, /Seems we're already running\? \(pid: \d+\)/);
      const log = () => readFileSync(logfile!, 'utf8');
      while (!/leads from now on/.test(log())) await sleep(20);
      assert.match(log(), /\. store -> +sqlite:\S+entries\.db \(beatScheduleFilename\)/);
    } finally {
      process.kill(pid, 'SIGTERM');
    }
    while (isAlive(pid)) await sleep(20);
  });

  test('entries that cannot be are said at once, by beat and by a worker that has it', async () => {
    for (const command of [['beat'], ['worker', '-B']]) {
      const wrong = await lovage([...command, '-A', fixture('wrong-entries.ts'), '-b', emptyStore()]);
      assert.equal(wrong.code, 1);
      assert.match(
        wrong.stderr,
        /beatSchedule "nightly": shedule is no part of an entry; did you mean schedule\?/,
      );
    }
  });
});

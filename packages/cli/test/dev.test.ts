import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../src/daemon/pid-file.ts';
import { emptyFolder, lovage, type Running, start } from './lovage.ts';

/** A process that starts another and waits for it; both say who they are. */
const FAMILY = `sh -c 'sleep 1000 & echo family $$ $!; wait'`;
const DEAF = `sh -c 'trap "" TERM; echo deaf $$; while :; do sleep 0.1; done'`;

function folderWith(procfile: string, env = ''): string {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'Procfile'), procfile);
  if (env !== '') writeFileSync(join(folder, '.env'), env);
  return folder;
}

/** Runs until each of these has said its process ids; answers them all. */
async function idsOf(dev: Running, ...who: string[]): Promise<number[]> {
  for (const each of who) await dev.says(new RegExp(`\\| ${each} \\d`));
  return [...dev.said().matchAll(/\| (?:family|deaf) ([\d ]+)\n/g)].flatMap(([, ids = '']) =>
    ids.split(' ').map(Number),
  );
}

async function allGone(ids: readonly number[]): Promise<void> {
  while (ids.some(isAlive)) await sleep(20);
}

suite('lovage dev', { concurrency: 2 }, () => {
  test('runs all of a Procfile with names before their lines; when one ends all do, with its code', async () => {
    const cwd = folderWith(
      `family: ${FAMILY}\nweb: sh -c 'echo "$GREETING $PORT"; read -r x < go; exit 7'\n`,
      'GREETING="from the file"\nPORT=7000\n',
    );
    const dev = start(['dev', '--no-color'], { cwd, env: { CELERY_APP: 'x' } });
    // There is no such file: it ends at once, after it has spoken.
    const ids = await idsOf(dev, 'family');
    const { code, stdout, stderr } = await dev.ended;
    assert.deepEqual([code, stderr], [7, '']);
    assert.match(stdout, /^web {4}\| from the file 7100$/m);
    assert.match(stdout, /^dev {4}\| web is started \(pid \d+\): sh -c /m);
    assert.match(stdout, /^dev {4}\| web has ended \(exit code 7\)\ndev {4}\| stopping all$/m);
    assert.match(stdout, /^dev {4}\| family has ended \(signal SIGTERM\)$/m);
    assert.deepEqual([ids.length, ids.filter(isAlive)], [2, []], 'what it had started too');
  });

  test('of one that a signal ended, the code is what a shell would give', async () => {
    const cwd = folderWith('web: sh -c \'kill -USR1 "$$"\'\n');
    const { code, stdout } = await start(['dev', '--no-color'], { cwd }).ended;
    assert.match(stdout, /^dev +\| web has ended \(signal SIGUSR1\)$/m);
    assert.equal(code, 128 + constants.signals.SIGUSR1);
  });

  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    test(`${signal} stops all, and that is no failure`, async () => {
      const dev = start(['dev', '-q'], { cwd: folderWith(`family: ${FAMILY}\n`) });
      const ids = await idsOf(dev, 'family');
      dev.process.kill(signal);
      const { code, stdout } = await dev.ended;
      assert.equal(code, 0, stdout);
      assert.deepEqual(ids.filter(isAlive), []);
    });
  }

  test('who is told to end by the process that started it is told once', async () => {
    const cwd = folderWith('parent: sh parent.sh\n');
    // As npm and npx do it.
    writeFileSync(
      join(cwd, 'parent.sh'),
      'sh child.sh & c=$!; trap "kill -TERM $c; wait $c" TERM; wait $c; wait $c\n',
    );
    writeFileSync(
      join(cwd, 'child.sh'),
      'trap "echo told" TERM; echo ready; sleep 0.5 & wait; sleep 0.5 & wait\n',
    );
    const dev = start(['dev'], { cwd });
    await dev.says(/parent \| ready/);
    dev.process.kill('SIGTERM');
    const { stdout } = await dev.ended;
    assert.equal(stdout.match(/told/g)?.length, 1, stdout);
  });

  test('who does not end is killed after the grace, and at once by a second signal', async () => {
    const cwd = folderWith(`deaf: ${DEAF}\n`);
    const patient = start(['dev', '-t', '0.2'], { cwd });
    const first = await idsOf(patient, 'deaf');
    patient.process.kill('SIGTERM');
    assert.match((await patient.ended).stdout, /dev {2}\| killing what still runs after 0\.2 s\n/);
    const hasty = start(['dev', '-t', '1000'], { cwd });
    const second = await idsOf(hasty, 'deaf');
    hasty.process.kill('SIGINT');
    await hasty.says(/stopping all/);
    hasty.process.kill('SIGINT');
    const { code, stdout } = await hasty.ended;
    assert.equal(code, 0);
    assert.match(stdout, /dev {2}\| killing what still runs\n/);
    assert.deepEqual([...first, ...second].filter(isAlive), []);
  });

  test('killed itself, it leaves nothing behind', async () => {
    const dev = start(['dev'], { cwd: folderWith(`family: ${FAMILY}\n`) });
    const ids = await idsOf(dev, 'family');
    dev.process.kill('SIGKILL');
    await dev.ended;
    await allGone(ids);
  });

  test('`lovage` in a Procfile is this very program, and knows the app of the command line', async () => {
    const cwd = folderWith('report: lovage report --json\nnothing: no-such-program\n');
    const app = join(import.meta.dirname, 'fixtures', 'shop.ts');
    const { code, stdout } = await lovage(['dev', 'report', '-A', app, '-b', 'memory://dev'], { cwd });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^report \| .*"name": "shop",?$/m);
    assert.match(stdout, /^report \| .*"transport": "memory:\/\/dev",?$/m);
    const missing = await lovage(['dev', 'nothing'], { cwd });
    assert.equal(missing.code, 127);
    assert.match(missing.stdout, /^dev {5}\| nothing has ended \(there is no command no-such-program\)$/m);
  });

  test('without a Procfile it wants an app, and nothing is started where anything is wrong', async () => {
    const nowhere = await lovage(['dev']);
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /There is no Procfile here: write one .* or name an app with -A/);
    const cwd = folderWith('web: sh -c "echo started"\nworker: a | b\n');
    const piped = await lovage(['dev'], { cwd });
    assert.deepEqual([piped.code, piped.stdout], [2, '']);
    assert.match(piped.stderr, /worker: there is no shell here for \|/);
    const wrong = await lovage(['dev', '-m', 'web'], { cwd });
    assert.match(wrong.stderr, /names with counts, such as 'web=1,worker=2'/);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { emptyStore, fixture, lovage } from './lovage.ts';
import { queuesExam } from './queues-exam.ts';
import { tasksExam } from './tasks-exam.ts';

suite('lovage: tasks on SQLite', { concurrency: 2 }, () => {
  tasksExam(() => ['-b', emptyStore()]);
  queuesExam(() => ['-b', emptyStore()], 'aside');

  test('a result that does not come in time is exit code 69, with the state', async () => {
    const flags = ['-b', emptyStore()];
    for (const timeout of ['0', '0.05']) {
      const { code, stdout, stderr } = await lovage(['result', 'nobody', '--timeout', timeout, ...flags]);
      assert.deepEqual([code, stdout], [69, '']);
      assert.match(stderr, /^Error: nobody has not ended (yet|within 0\.05 s): its state is PENDING\./);
    }
  });

  test('without a result backend there is no result to wait for', async () => {
    const { code, stderr } = await lovage([
      'result',
      'x',
      '-b',
      emptyStore(),
      '--result-backend',
      'disabled://',
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /This app keeps no results/);
  });

  test('a broker that is away is exit code 69, and its password stays hidden', async () => {
    const env = { LOVAGE_PUBLISH_TIMEOUT: '0.3', LOVAGE_BROKER_CONNECTION_TIMEOUT: '0.3' };
    const away = ['-b', 'redis://:hunter2@127.0.0.1:1/0'];
    for (const command of [
      ['call', 'shop.add'],
      ['list', 'queues'],
      ['purge', '-f'],
      ['result', 'x'],
    ]) {
      const { code, stdout, stderr } = await lovage([...command, ...away], { env });
      assert.deepEqual([code, stdout], [69, ''], stderr);
      assert.match(stderr, /^Error: .*127\.0\.0\.1:1/m);
      assert.doesNotMatch(stderr, /hunter2|\n\s+at /);
    }
  });

  test('purge asks in the words of Celery; no, silence and --json without --force erase nothing', async () => {
    const flags = ['-A', fixture('quiet.ts'), '-b', emptyStore()];
    await lovage(['call', 'a.b', '--queue', 'fast', ...flags]);
    const question =
      'WARNING:This will remove all tasks from queues: bulk, fast.\n' +
      '         There is no undo for this operation!\n\n' +
      '(to skip this prompt use the -f option)\n' +
      'Are you sure you want to delete all tasks? [y/N]: ';
    for (const input of ['', 'n\n', 'whatever\n']) {
      const { code, stdout, stderr } = await lovage(['purge', ...flags], { input });
      assert.deepEqual([code, stdout, stderr], [1, question, 'Aborted!\n']);
    }
    assert.equal((await lovage(['purge', '--json', ...flags])).code, 2);
    const { code, stdout } = await lovage(['purge', ...flags], { input: 'y\n' });
    assert.deepEqual([code, stdout], [0, `${question}Purged 1 message from 2 known task queues.\n`]);
  });

  test('report names versions and changed settings, and hides secrets', async () => {
    const env = { LOVAGE_BROKER_TRANSPORT_OPTIONS: '{"sentinel_kwargs": {"password": "hunter2"}}' };
    const flags = ['-A', fixture('shop.ts'), '-b', 'redis://ada:hunter3@localhost/0'];
    const { code, stdout } = await lovage(['report', ...flags], { env });
    assert.equal(code, 0);
    assert.match(stdout, /^\nsoftware -> lovage:\d+\.\d+\.\d+ node:\d+/);
    assert.match(stdout, /\nplatform -> system:\w+/);
    assert.match(stdout, /\napp {6}-> shop \(.*shop\.ts\), 5 tasks\n/);
    assert.match(stdout, /\nsettings -> transport:redis:\/\/ada:\*\*@localhost\/0 /);
    assert.match(stdout, /\ntaskAcksLate +true\n/);
    assert.doesNotMatch(stdout, /hunter/);
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { App, SETTING_NAMES, type SettingsInput } from '@lovage/app';
import { PYTHON, requireService } from '../../../tools/services.ts';
import { assignmentsOf } from '../src/upgrade/assignments.ts';
import { settingNamed, upgraded } from '../src/upgrade/rename.ts';
import { emptyFolder, fixture, lovage } from './lovage.ts';

const OLD = fixture('celeryconfig.py');

/** Values as Python writes them, each of which it can be asked about. */
const LITERALS = [
  ...[
    '1',
    '-1',
    '+1',
    '1_000',
    '0x1F',
    '0o17',
    '0b11',
    '1.5',
    '.5',
    '1.',
    '1e3',
    '1.5e-3',
    'True',
    'False',
    'None',
  ],
  ...[
    "'a'",
    '"a"',
    "'''a\nb'''",
    '"""a"b"""',
    "r'\\d'",
    "u'ä'",
    "'a' 'b'",
    "('a'\n 'b')",
    "'\\x41\\u00e4\\U0001F600\\n\\t\\\\\\'\\\"\\q'",
  ],
  ...[
    "'a\\\nb'",
    '[]',
    '[1, 2]',
    '[1, [2, ()],]',
    '()',
    '(1,)',
    '(1)',
    '1, 2',
    '{}',
    "{'a': 1}",
    "{'a': {'b': [1]},}",
  ],
  ...[
    "{'a': 1, # why\n 'b': 2}",
    '60 * 60 * 24',
    '2 + 3 * 4 - 1',
    '-2 * 3',
    '10 / 4',
    '(1 + 2) * 3',
    '2 ** 3',
    "[\n 'x',\n 'y'\n]",
  ],
];

/** Nothing that may be known without running it. */
const NOT_LITERALS = [
  ...[
    "os.environ['X']",
    'f"{x}"',
    "b'x'",
    'foo()',
    'x',
    '[x for x in y]',
    "'a' + 'b'",
    "'a' % 1",
    "'a'.join([])",
    '1 if x else 2',
  ],
  ...[
    'not True',
    'lambda: 1',
    "{**{'a': 1}}",
    '[*a]',
    "{'a': x}",
    '1 == 1',
    'crontab(hour=1)',
    'timedelta(1, x)',
    '[1',
    "'a",
    '1 or 2',
    '10 // 3',
    'a.b',
  ],
];

suite('lovage upgrade settings', { concurrency: 2 }, () => {
  test('what becomes of each setting of an old file', async () => {
    const { code, stdout, stderr } = await lovage(['upgrade', 'settings', OLD, '--json']);
    assert.deepEqual([code, stderr], [0, '']);
    const { settings, report } = JSON.parse(stdout) as {
      settings: Record<string, unknown>;
      report: { name: string; setting: string | null; outcome: string; note: string }[];
    };
    assert.deepEqual(settings, {
      brokerUrl: 'redis://localhost:6379/0',
      resultBackend: 'redis://localhost:6379/1',
      resultExpires: 93_600,
      taskTimeLimit: 300,
      workerPrefetchMultiplier: 1,
      acceptContent: ['json', 'yaml'],
      taskAcksLate: true,
      timezone: 'Europe/Berlin',
      taskRoutes: { 'shop.*': { queue: 'shop' }, 'mail.send': { queue: 'mail' } },
      brokerTransportOptions: { visibility_timeout: 3600, global_keyprefix: 'shop:' },
      taskStoreErrorsEvenIfIgnored: true,
      workerConcurrency: 8,
      taskTrackStarted: true,
    });
    const left = report.filter(({ outcome }) => outcome !== 'taken');
    assert.deepEqual(
      left.map(({ name, setting, outcome }) => [name, setting, outcome]),
      [
        ['CELERY_TASK_SERIALIZER', 'taskSerializer', 'wrong'],
        ['CELERY_ENABLE_UTC', 'enableUtc', 'default'],
        ['CELERY_IMPORTS', 'imports', 'not-built'],
        ['CELERY_QUEUES', 'taskQueues', 'unread'],
        ['CELERYD_MAX_TASKS_PER_CHILD', 'workerMaxTasksPerChild', 'unread'],
        ['CELERY_TRAK_STARTED', null, 'unknown'],
        ['CELERYD_TIMER', 'workerTimer', 'not-built'],
        ['CELERYD_CONCURRENCY', 'workerConcurrency', 'overridden'],
        ['CELERY_ALWAYS_EAGER', 'taskAlwaysEager', 'unread'],
      ],
    );
    const notes = left.map(({ note }) => note);
    assert.match(notes[0]!, /taskSerializer must be one of .*json.*, not "pickle"/);
    assert.match(notes[5]!, /no such setting; did you mean CELERY_TRACK_STARTED\?/);
    assert.match(notes[6]!, /Lovage does not act upon it: it names a Python class/);
    assert.match(notes[8]!, /only Python knows whether this is run/);
  });

  test('the module that it writes configures an app, and keeps what it left out as comments', async () => {
    const folder = emptyFolder();
    const output = join(folder, 'settings.ts');
    const first = await lovage(['upgrade', 'settings', OLD, '-o', output]);
    assert.deepEqual([first.code, first.stdout], [0, '']);
    assert.match(first.stderr, /^10: BROKER_URL +brokerUrl$/m);
    assert.match(first.stderr, /\n13 settings taken over in .*settings\.ts, 9 left out, with a comment\.\n$/);
    const text = readFileSync(output, 'utf8');
    assert.match(text, /\n {2}\/\/ CELERY_QUEUES = \(\n {2}\/\/ {5}Queue\('shop'\),\n/);
    const { default: settings } = (await import(pathToFileURL(output).href)) as { default: SettingsInput };
    const { conf } = new App('shop', { ...settings, environment: {} });
    assert.equal(conf.resultExpires, 93_600);
    assert.equal(conf.workerConcurrency, 8);

    writeFileSync(output, '// mine');
    const again = await lovage(['upgrade', 'settings', OLD, '-o', output]);
    assert.equal(again.code, 73);
    assert.match(again.stderr, /is there already: --force writes over it/);
    assert.equal(readFileSync(output, 'utf8'), '// mine');
    assert.equal((await lovage(['upgrade', 'settings', OLD, '-o', output, '--force', '-q'])).stderr, '');
    assert.equal(readFileSync(output, 'utf8'), text);
  });

  test('names of Django and of Celery since 4; what is not of Celery is left alone', async () => {
    const file = join(emptyFolder(), 'settings.py');
    writeFileSync(file, "SECRET_KEY = 'x'\nCELERY_TASK_ACKS_LATE = True\nCELERY_BROKER_URL='redis://h'\n");
    const { stdout } = await lovage(['upgrade', 'settings', file, '--json']);
    const { settings, report } = JSON.parse(stdout) as { settings: unknown; report: unknown[] };
    assert.deepEqual([settings, report.length], [{ taskAcksLate: true, brokerUrl: 'redis://h' }, 2]);
    writeFileSync(file, "task_acks_late = True\nbroker_url: str = 'redis://h'\nCELERY_IMPORTS += ('x',)\n");
    const found = upgraded(assignmentsOf(readFileSync(file, 'utf8')));
    assert.deepEqual(
      found.map(({ setting, outcome, line }) => [setting, outcome, line]),
      [
        ['taskAcksLate', 'taken', 1],
        ['brokerUrl', 'taken', 2],
        ['imports', 'unread', 3],
      ],
    );
  });

  test('no name stands for two settings', () => {
    // The map keeps the last one that claims a name: each setting must find itself under its own.
    for (const name of SETTING_NAMES) {
      const snake = name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
      assert.equal(settingNamed(snake), name);
      assert.equal(settingNamed(`CELERY_${snake.toUpperCase()}`), name);
    }
  });

  test('what is no literal is not guessed at', () => {
    for (const source of NOT_LITERALS) {
      const [found] = assignmentsOf(`A = ${source}\n`);
      assert.equal(found?.literal.read, false, source);
    }
  });

  test('strange files do no harm', () => {
    const deep = `A = ${'['.repeat(50_000)}`;
    for (const text of [
      '',
      '\0',
      'A',
      'A =',
      'A = =',
      '= 1',
      ')]}',
      deep,
      "A = '''",
      'A = \\',
      'é = 1\nA = 1',
    ]) {
      assert.ok(Array.isArray(assignmentsOf(text)));
    }
    assert.deepEqual(
      assignmentsOf('é = 1\r\nA = B = 2\r\n').map(({ name }) => name),
      ['é', 'A', 'B'],
    );
  });

  test('faults', async () => {
    const none = await lovage(['upgrade', 'settings', '/no/such.py']);
    assert.deepEqual([none.code, none.stdout], [1, '']);
    assert.match(none.stderr, /Cannot read \/no\/such\.py: ENOENT/);
    const empty = await lovage(['upgrade', 'settings', fixture('no-app.ts')]);
    assert.match(empty.stderr, /has no settings of Celery/);
    const django = await lovage(['upgrade', 'settings', OLD, '--django']);
    assert.equal(django.code, 2);
    assert.match(django.stderr, /--django is for rewriting Python/);
  });
});

suite('literals of Python', { skip: requireService('celery') }, () => {
  test('are read as Python reads them', () => {
    const program = 'import json, sys\nprint(json.dumps([eval(s) for s in json.load(sys.stdin)]))';
    const output = execFileSync(PYTHON, ['-c', program], {
      input: JSON.stringify(LITERALS),
      encoding: 'utf8',
    });
    const wanted = JSON.parse(output) as unknown[];
    LITERALS.forEach((source, at) => {
      const [found, ...more] = assignmentsOf(`A = ${source}\nB = 1\n`);
      assert.deepEqual(found?.literal, { read: true, value: wanted[at] }, source);
      assert.equal(more.length, 1, source);
    });
  });

  test('a timedelta is its seconds', () => {
    const cases = [
      'days=1, hours=2',
      '1',
      '1, 30',
      'minutes=5',
      'weeks=1',
      'seconds=60 * 5',
      'milliseconds=1500,',
      '',
    ];
    const program =
      'import json, sys\nfrom datetime import timedelta\nprint(json.dumps([eval(f"timedelta({s})").total_seconds() for s in json.load(sys.stdin)]))';
    const output = execFileSync(PYTHON, ['-c', program], { input: JSON.stringify(cases), encoding: 'utf8' });
    const wanted = JSON.parse(output) as number[];
    cases.forEach((source, at) => {
      for (const call of ['timedelta', 'datetime.timedelta']) {
        const [found] = assignmentsOf(`A = ${call}(${source})\n`);
        assert.deepEqual(found?.literal, { read: true, value: wanted[at] }, source);
      }
    });
  });
});

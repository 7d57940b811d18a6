import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { emptyStore, fixture, lovage } from './lovage.ts';

suite('lovage: usage', { concurrency: 2 }, () => {
  test('without arguments it shows help and ends well, as Celery does', async () => {
    const { code, stdout, stderr } = await lovage([]);
    assert.deepEqual([code, stderr], [0, '']);
    const tasks = [
      'worker',
      'beat',
      'schedule',
      'dev',
      'call',
      'result',
      'purge',
      'list',
      'quarantine',
      'dead-letters',
      'report',
    ];
    for (const command of [...tasks, 'inspect', 'control', 'status', 'events']) {
      assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
    }
  });

  test('--version is that of the package', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    assert.deepEqual(await output(['--version']), [0, `${manifest.version}\n`, '']);
  });

  test('each command has help, with the global options', async () => {
    for (const command of [['worker'], ['call'], ['list', 'queues'], ['quarantine', 'requeue']]) {
      const { code, stdout } = await lovage([...command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: lovage ${command.join(' ')} \\[options\\]`));
      assert.match(stdout, /-A, --app <module>/);
    }
  });

  // The messages are Celery's where Celery has one.
  const faults: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['an unknown command', ['nosuchcmd'], /Error: No such command 'nosuchcmd'\.\n$/],
    ['a slip of the pen', ['wroker'], /No such command 'wroker'\. ?\n?\(Did you mean worker\?\)/],
    ['a command of Celery that is not here', ['amqp'], /Error: 'amqp' is a command of Celery that/],
    ['an unknown option', ['worker', '--nosuch'], /Unknown option '--nosuch'/],
    ['a scheduler for no beat', ['worker', '--scheduler', 'code'], /are for beat: give --beat too/],
    [
      'a scheduler of nobody',
      ['beat', '-S', 'redbeat'],
      /Invalid value for '-S': it must be database, code or django/,
    ],
    ['a beat without an app', ['beat'], /No app: name the module that makes it, as in `lovage beat/],
    [
      'an unknown pool',
      ['worker', '-P', 'magic'],
      /must be one of prefork, processes, threads, async, gevent/,
    ],
    ['a range of nothing', ['worker', '--autoscale', '0,0'], /the larger of the two must be 1 or more/],
    ['a range that is none', ['worker', '--autoscale', '3-5'], /two whole numbers, such as '10,3'/],
    ['a mask that is none', ['worker', '--umask', '9'], /an octal mask, such as '022'/],
    ['no heartbeat at all', ['worker', '--heartbeat-interval', '0'], /a number of seconds above 0/],
    ['a port that is none', ['worker', '--http', 'localhost'], /a host and a port, such as/],
    [
      'no prefetch, and some',
      ['worker', '--disable-prefetch', '--prefetch-multiplier', '2'],
      /contradict each other: give one of them/,
    ],
    ['a node for nobody', ['worker', '--executable', 'node'], /of a detached worker: give --detach too/],
    [
      'the rhythm of no heart',
      ['worker', '--without-heartbeat', '--heartbeat-interval', '1'],
      /leaves nothing for --heartbeat-interval/,
    ],
    ['an unknown level', ['worker', '-l', 'loud'], /one of DEBUG, INFO, WARNING, ERROR, CRITICAL, FATAL/],
    ['no children at all', ['worker', '-c', '0'], /a whole number from 1/],
    ['a worker without an app', ['worker'], /No app: name the module that makes it/],
    [
      'arguments that are no JSON',
      ['call', 'shop.add', '-a', '{bad'],
      /'-a, --args <json>'.*'\{bad' is invalid/,
    ],
    ['arguments that are no array', ['call', 'shop.add', '-a', '{}'], /a JSON array, such as '\[2, 3\]'/],
    ['kwargs that are no object', ['call', 'shop.add', '-k', '[]'], /a JSON object, such as/],
    ['a priority out of range', ['call', 'shop.add', '--priority', '10'], /from 0 to 9/],
    ['two ways to say when', ['call', 'x.y', '--eta', '2030-01-01', '--countdown', '1'], /give one of them/],
    ['a call without a name', ['call'], /Missing required argument 'name'/],
    [
      'an app that is not there',
      ['-A', 'nosuch', 'report'],
      /Unable to load celery application\.\nThe module nosuch was not found\./,
    ],
    [
      'a folder that is not there',
      ['--workdir', '/no/such/folder', 'report'],
      /Invalid value for '--workdir'/,
    ],
    ['the quarantine of nothing', ['quarantine', 'requeue'], /Name ids, or give --all\./],
  ];
  for (const [what, args, says] of faults) {
    test(`${what} is a usage error`, async () => {
      const { code, stdout, stderr } = await lovage([...args]);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^Usage: lovage .*\nTry 'lovage.* --help' for help\.\n\n/);
      assert.match(stderr, says);
    });
  }

  test('a command of two words without the second shows its help, and fails', async () => {
    const { code, stdout, stderr } = await lovage(['list']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^Usage: lovage list [\s\S]*^ {2}queues /m);
  });

  const unloadable = [
    ['no-app.ts', /exports no app; exported are answer/],
    ['two-apps.ts', /exports several apps \(mail, video\)/],
    [
      'breaks.ts',
      /While trying to load the module .*breaks\.ts the following error occurred:\nError: the fixture breaks\n\s+at .*breaks\.ts:1/,
    ],
  ] as const;
  for (const [file, says] of unloadable) {
    test(`${file} is told why it cannot be the app`, async () => {
      const { code, stderr } = await lovage(['report', '-A', fixture(file)]);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /Error: Invalid value for '-A' \/ '--app':\nUnable to load celery application\.\n/,
      );
      assert.match(stderr, says);
    });
  }

  test('a wrong setting is named, not run over', async () => {
    const { code, stderr } = await lovage(['list', 'queues', '-b', 'amqps://user:hunter2@nowhere']);
    assert.notEqual(code, 0);
    assert.match(stderr, /amqps/);
    assert.doesNotMatch(stderr, /hunter2/);
  });

  test('global options are taken on either side of the command, and from the environment', async () => {
    const store = emptyStore();
    const before = await lovage(['-A', fixture('quiet.ts'), '-b', store, 'list', 'queues', '--json']);
    const after = await lovage(['list', 'queues', '--json', '-b', store, '-A', fixture('quiet.ts')]);
    const env = await lovage(['list', 'queues', '--json'], {
      env: { LOVAGE_APP: fixture('quiet.ts'), CELERY_BROKER_URL: store },
    });
    const celery = await lovage(['list', 'queues', '--json', '-b', store], {
      env: { CELERY_APP: fixture('quiet.ts') },
    });
    const names = (JSON.parse(before.stdout) as { queue: string }[]).map((each) => each.queue);
    assert.deepEqual(names, ['fast', 'bulk', 'lovage.quarantine', 'lovage.dead-letters']);
    for (const other of [after, env, celery]) assert.equal(other.stdout, before.stdout, other.stderr);
  });

  test('--config overrides settings of the app, in any spelling', async () => {
    const { stdout } = await lovage([
      'report',
      '--json',
      '-b',
      emptyStore(),
      '--config',
      fixture('settings.ts'),
    ]);
    const { settings } = JSON.parse(stdout) as { settings: Record<string, unknown> };
    assert.equal(settings['taskDefaultQueue'], 'from-config');
    assert.equal(settings['resultExpires'], 60);
  });

  test('one of several apps is picked by module:name', async () => {
    const { stdout } = await lovage(['report', '--json', '-A', `${fixture('two-apps.ts')}:video`]);
    assert.equal((JSON.parse(stdout) as { app: { name: string } }).app.name, 'video');
  });

  async function output(args: readonly string[]): Promise<unknown[]> {
    const { code, stdout, stderr } = await lovage(args);
    return [code, stdout, stderr];
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, ImproperlyConfigured, OPTIONS, oldName, SETTING_NAMES, snakeCase } from '@lovage/app';

const make = (options: AppOptions = {}) => new App('config', { environment: {}, ...options });

/** The text of the ImproperlyConfigured that looking at the settings throws. */
function refusal(app: App): string {
  try {
    app.conf;
  } catch (error) {
    assert.ok(error instanceof ImproperlyConfigured);
    return error.message;
  }
  throw new assert.AssertionError({ message: 'the settings were taken' });
}

test("defaults are Celery's", () => {
  const { conf } = make();
  assert.equal(conf.taskDefaultQueue, 'celery');
  assert.equal(conf.taskAcksLate, false);
  assert.equal(conf.taskAcksOnFailureOrTimeout, true);
  assert.equal(conf.resultExpires, 86_400);
  assert.equal(conf.workerPrefetchMultiplier, 4);
  assert.deepEqual(conf.acceptContent, ['json']);
  assert.equal(conf.brokerUrl, 'sqlite:///.lovage/lovage.db');
  assert.deepEqual(conf.taskPublishRetryPolicy, {
    maxRetries: 3,
    intervalStart: 0,
    intervalStep: 0.2,
    intervalMax: 1,
  });
});

test("every spelling of Celery's means the same setting", () => {
  const spellings: readonly [object, string | undefined][] = [
    [{ CELERY_TASK_ACKS_LATE: true }, 'CELERY'],
    [{ task_acks_late: true }, 'CELERY'],
    [{ taskAcksLate: true }, 'CELERY'],
    [{ MY_TASK_ACKS_LATE: true }, 'MY'],
    [{ task_acks_late: true }, undefined],
    [{ taskAcksLate: true }, undefined],
    [{ CELERY_ACKS_LATE: true }, undefined],
  ];
  for (const [object, namespace] of spellings) {
    const app = make().configFromObject(object, namespace ? { namespace } : {});
    assert.equal(app.conf.taskAcksLate, true, `${JSON.stringify(object)} with namespace ${namespace}`);
  }
  const old = make().configFromObject({ BROKER_URL: 'memory://', CELERYD_CONCURRENCY: 7 });
  assert.equal(old.conf.brokerUrl, 'memory://');
  assert.equal(old.conf.workerConcurrency, 7);
});

test('names of settings and of old settings are unique, and go there and back', () => {
  const names = SETTING_NAMES.flatMap((name) => [name, snakeCase(name), oldName(name)]);
  assert.equal(
    new Set(names).size,
    new Set(SETTING_NAMES).size * 2 + new Set(SETTING_NAMES.map(snakeCase)).size - singleWords(),
  );
  assert.equal(snakeCase('s3AccessKeyId'), 's3_access_key_id');
  assert.equal(
    snakeCase('resultBackendMaxSleepBetweenRetriesMs'),
    'result_backend_max_sleep_between_retries_ms',
  );
  assert.equal(oldName('workerConcurrency'), 'CELERYD_CONCURRENCY');
  assert.equal(oldName('brokerUrl'), 'BROKER_URL');
});

/** Names that look the same in both styles: 'imports', 'include', 'timezone'. */
const singleWords = () => SETTING_NAMES.filter((name) => snakeCase(name) === name).length;

test('with a namespace, keys of others are left alone', () => {
  const app = make().configFromObject(
    { DEBUG: true, INSTALLED_APPS: [], BROKER_URL: 'ignored://', CELERY_BROKER_URL: 'memory://' },
    { namespace: 'CELERY' },
  );
  assert.equal(app.conf.brokerUrl, 'memory://');
});

test('later sources win: constructor, configFromObject, environment, command line', () => {
  const environment = {
    CELERY_BROKER_URL: 'redis://env',
    LOVAGE_LEASE_SECONDS: '12',
    LOVAGE_TASK_ACKS_LATE: 'yes',
  };
  const app = new App('config', { brokerUrl: 'redis://constructor', taskDefaultQueue: 'one', environment });
  app.configFromObject({ broker_url: 'redis://object', task_default_queue: 'two', worker_concurrency: 2 });
  app.overrideSettings({ workerConcurrency: 9 });
  assert.equal(app.conf.brokerUrl, 'redis://env');
  assert.equal(app.conf.taskDefaultQueue, 'two');
  assert.equal(app.conf.lovageLeaseSeconds, 12);
  assert.equal(app.conf.taskAcksLate, true);
  assert.equal(app.conf.workerConcurrency, 9);
});

test('texts from the environment are read by the type of each setting', () => {
  const env = {
    CELERY_TASK_ACKS_LATE: 'True',
    CELERY_WORKER_CONCURRENCY: '8',
    CELERY_ACCEPT_CONTENT: 'json, yaml',
    CELERY_RESULT_EXPIRES: '',
    CELERY_TASK_ROUTES: '{"mail.*": "mail"}',
    CELERY_RESULT_BACKEND: 'none',
    CELERY_APP: 'proj',
    HOME: '/root',
  };
  const { conf } = make().configFromEnv(env);
  assert.equal(conf.taskAcksLate, true);
  assert.equal(conf.workerConcurrency, 8);
  assert.deepEqual(conf.acceptContent, ['json', 'yaml']);
  assert.equal(conf.resultExpires, null);
  assert.equal(conf.taskRoutes?.length, 1);
  assert.equal(conf.resultBackend, null);
});

test('everything that is wrong is said at once, with the nearest known name', () => {
  const message = refusal(
    make().configFromObject(
      {
        CELERY_TASK_ACK_LATE: true,
        CELERY_WORKER_CONCURRENCY: 'many',
        CELERY_ACKS_LATE: true,
        CELERY_BEAT_SYNC_EVERY: 10,
        CELERY_TASK_DEFAULT_PRIORITY: 12,
        CELERY_NOBODY_KNOWS_THIS_ONE: 1,
      },
      { namespace: 'CELERY' },
    ),
  );
  assert.match(message, /CELERY_TASK_ACK_LATE .* is no setting; did you mean CELERY_TASK_ACKS_LATE\?/);
  assert.match(message, /CELERY_WORKER_CONCURRENCY .* must be a whole number from 1, or null, not "many"/);
  assert.match(message, /CELERY_ACKS_LATE .* since Celery 4 it is CELERY_TASK_ACKS_LATE/);
  assert.match(
    message,
    /CELERY_BEAT_SYNC_EVERY .* beat_sync_every, which Lovage does not act upon: each run is recorded as it is sent/,
  );
  assert.match(message, /CELERY_TASK_DEFAULT_PRIORITY .* must be a whole number from 0 to 9/);
  assert.match(message, /CELERY_NOBODY_KNOWS_THIS_ONE \(configFromObject\) is no setting$/m);
});

test("a setting that is not acted upon passes with Celery's default, or with what Lovage does anyway", () => {
  const app = make().configFromObject({
    beat_sync_every: 1,
    task_protocol: 2,
    broker_connection_retry_on_startup: true,
    timezone: null,
    task_reject_on_worker_lost: null,
    worker_hijack_root_logger: false,
  });
  assert.ok(app.conf);
});

test('every celery-only setting is refused with another value than its default', () => {
  for (const name of SETTING_NAMES) {
    if (OPTIONS[name].status !== 'celery-only') continue;
    assert.match(refusal(make().configFromObject({ [name]: 'something-else' })), /does not act upon/, name);
  }
});

test('two values for one setting in two styles are refused, one value is not', () => {
  const message = refusal(make().configFromObject({ broker_url: 'memory://', brokerUrl: 'redis://x' }));
  assert.match(message, /broker_url and brokerUrl .* are one setting, given two values/);
  assert.ok(make().configFromObject({ broker_url: 'memory://', brokerUrl: 'memory://' }).conf);
});

test('passwords never show in a refusal', () => {
  const message = refusal(make().configFromObject({ worker_concurrency: 'redis://user:hunter2@host' }));
  assert.doesNotMatch(message, /hunter2/);
});

test('settings that contradict each other are refused', () => {
  assert.match(
    refusal(make({ taskSoftTimeLimit: 5, taskTimeLimit: 5 })),
    /taskSoftTimeLimit \(5 s\) must be less/,
  );
  assert.match(refusal(make({ taskSerializer: 'yaml' })), /our own workers could not read it/);
  assert.match(
    refusal(make({ taskQueues: ['a'], taskCreateMissingQueues: false })),
    /does not list taskDefaultQueue/,
  );
  assert.match(refusal(make({ taskStoreEagerResult: true })), /needs taskAlwaysEager/);
});

test('values are checked in depth', () => {
  const bad: readonly [object, RegExp][] = [
    [{ accept_content: ['json', 'pickle'] }, /must not contain pickle/],
    [{ accept_content: ['msgpack'] }, /nothing here can read/],
    [{ timezone: 'Mars/Olympus' }, /name of a time zone/],
    [{ task_compression: 'rar' }, /one of gzip/],
    [{ task_publish_retry_policy: { max_retry: 3 } }, /has no max_retry/],
    [{ task_queues: [{ nom: 'a' }] }, /names or objects with a name/],
    [{ task_queues: { a: { exchange: 'other' } } }, /exchange or routing key of another name/],
    [{ task_routes: { 'a.b': { exchange: 'x' } } }, /exchanges come with RabbitMQ/],
    [{ task_routes: { 'a.b': { que: 'x' } } }, /the field que/],
    [{ task_routes: 'mail' }, /must be an object of routes/],
    [{ beat_schedule: [] }, /beat_schedule .* must be an object/],
    [
      { beat_scheduler: 'redbeat.RedBeatScheduler' },
      /database, code or django, or Celery's celery\.beat:Pers/,
    ],
    [{ beat_max_loop_interval: -1 }, /a number of seconds from 0/],
    [{ worker_pool: 'fibers' }, /one of prefork, processes, threads, async/],
    [{ task_annotations: { 'a.b': 5 } }, /an object of task options/],
  ];
  for (const [object, reason] of bad) assert.match(refusal(make().configFromObject(object)), reason);
});

test('settings are frozen by the first look, and configuring later says so', () => {
  const app = make();
  assert.ok(Object.isFrozen(app.conf));
  assert.throws(() => app.configFromObject({ broker_url: 'memory://' }), /in use already/);
});

test('a LOVAGE_ variable that looks like a slip is refused, any other is somebody else’s', () => {
  const slip = new App('config', { environment: { LOVAGE_LEASE_SECOND: '5' } });
  assert.match(refusal(slip), /did you mean LOVAGE_LEASE_SECONDS\?/);
  assert.ok(new App('config', { environment: { LOVAGE_TEST_REDIS_URL: 'x', LOVAGE_HOME: '/srv' } }).conf);
});

test('django-db takes its database from a setting, or DATABASE_URL, and says so where neither is there', () => {
  const backend = (options: AppOptions, environment: Record<string, string> = {}) =>
    new App('config', { resultBackend: 'django-db', ...options, environment }).conf.resultBackend;
  const environment = { DATABASE_URL: 'postgis://a:b@env/db?sslmode=require' };
  const lovageDjangoDatabaseUrl = 'postgres://a:b@own/db';
  assert.equal(backend({}, environment), 'django-db+postgresql://a:b@env/db?sslmode=require');
  assert.equal(backend({ lovageDjangoDatabaseUrl }, environment), 'django-db+postgresql://a:b@own/db');
  assert.equal(backend({ resultBackend: 'django-db://' }, environment), backend({}, environment));
  // Whoever names the database needs none of this, and DATABASE_URL is nobody else's business.
  const named = 'django-db+postgresql://a:b@own/db';
  assert.equal(backend({ resultBackend: named }, environment), named);
  assert.equal(backend({ resultBackend: 'redis://r' }, environment), 'redis://r');
  assert.throws(
    () => backend({}),
    (error: Error) =>
      error instanceof ImproperlyConfigured &&
      /resultBackend: 'django-db\+postgresql:\/\/.*lovageDjangoDatabaseUrl, or DATABASE_URL/.test(
        error.message,
      ),
  );
  assert.throws(
    () => backend({}, { DATABASE_URL: 'mysql://u:secret@h/db' }),
    (error: Error) =>
      /DATABASE_URL is mysql:\/\/u:\*\*@h\/db: .*PostgreSQL only/.test(error.message) &&
      !error.message.includes('secret'),
  );
});

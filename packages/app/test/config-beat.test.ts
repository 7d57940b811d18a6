import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, shownSettings } from '@lovage/app';

const make = (options: AppOptions = {}) => new App('config', { environment: {}, ...options });

test("beat's settings are taken in any spelling, and its entries stay as they were given", () => {
  const entry = { task: 'shop.tick', schedule: { toJSON: () => ({}) }, args: [1] };
  const django = { CELERY_BEAT_SCHEDULE: { tick: entry }, CELERY_BEAT_MAX_LOOP_INTERVAL: 2 };
  const { conf } = make().configFromObject(django, { namespace: 'CELERY' });
  assert.equal(conf.beatSchedule['tick'], entry);
  assert.equal(conf.beatMaxLoopInterval, 2);
  assert.equal(conf.beatScheduler, 'database');
  const old = {
    CELERYBEAT_SCHEDULE: { tick: entry },
    CELERYBEAT_SCHEDULER: 'celery.beat.PersistentScheduler',
  };
  const before4 = make().configFromObject(old).conf;
  assert.equal(before4.beatSchedule['tick'], entry);
  assert.equal(before4.beatScheduler, 'code');
  for (const [given, scheduler] of [
    ['code', 'code'],
    ['celery.beat:PersistentScheduler', 'code'],
    ['django_celery_beat.schedulers:DatabaseScheduler', 'django'],
  ]) {
    assert.equal(make().configFromObject({ beat_scheduler: given }).conf.beatScheduler, scheduler);
  }
  const environment = { LOVAGE_BEAT_SCHEDULE: '{"tick":{"task":"shop.tick","schedule":30}}' };
  assert.deepEqual(new App('config', { environment }).conf.beatSchedule, {
    tick: { task: 'shop.tick', schedule: 30 },
  });
});

test("a django scheduler finds Django's database where results do, and no other scheduler looks for it", () => {
  const environment = { DATABASE_URL: 'postgis://a:b@env/db' };
  const url = (options: AppOptions) => new App('config', { environment, ...options }).conf.lovageBeatUrl;
  assert.equal(url({ beatScheduler: 'django' }), 'django-db+postgresql://a:b@env/db');
  const own = 'postgres://a:b@own/db';
  assert.equal(
    url({ beatScheduler: 'django', lovageDjangoDatabaseUrl: own }),
    'django-db+postgresql://a:b@own/db',
  );
  assert.equal(url({ beatScheduler: 'django', resultBackend: 'django-db' }), null, 'it is where results are');
  assert.equal(
    url({ beatScheduler: 'django', lovageBeatUrl: 'django-db+postgresql://x/y' }),
    'django-db+postgresql://x/y',
  );
  assert.equal(url({}), null);
  // A worker shares the settings, and needs no such database.
  assert.equal(url({ beatScheduler: 'django', environment: { DATABASE_URL: 'mysql://h/d' } }), null);
});

test('what is given as a value that says itself in JSON is shown so', () => {
  const schedule = new (class Crontab {
    toJSON = () => ({ type: 'crontab', hour: '2' });
  })();
  const { conf } = make({ beatSchedule: { nightly: { task: 'a.b', schedule } } });
  assert.deepEqual(shownSettings(conf), {
    beat_schedule: { nightly: { task: 'a.b', schedule: { type: 'crontab', hour: '2' } } },
  });
});

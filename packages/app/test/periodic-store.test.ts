import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, ImproperlyConfigured } from '@lovage/app';
import type { Driver, DriverFactory } from '@lovage/contracts';

type Form = 'opaque' | 'django';

/** A driver of one scheme; with a form it keeps schedules, in that form. */
function store(scheme: string, form?: Form) {
  const created: string[] = [];
  const closed: string[] = [];
  const roles: Partial<Driver> = form
    ? { schedules: () => ({ scheme, traits: { form } }) as never, locks: () => ({ scheme }) as never }
    : {};
  const factory: DriverFactory = {
    schemes: [scheme],
    create(url) {
      created.push(url);
      return {
        name: scheme,
        label: `${scheme}://label`,
        broker: () => ({}) as never,
        results: () => ({}) as never,
        close: async () => void closed.push(url),
        ...roles,
      } as Driver;
    },
  };
  return { factory, created, closed };
}

async function periodicOf(options: AppOptions, ...stores: ReturnType<typeof store>[]) {
  const drivers = stores.map(({ factory }) => factory);
  await using app = new App('periodic', { environment: {}, drivers, ...options });
  const { label, withBroker, chosenBy } = await (await app.drivers()).periodic();
  return [label, withBroker, chosenBy];
}

const BOTH = { brokerUrl: 'one://a', resultBackend: 'two://b' };

test('periodic tasks are kept with the messages, else with the results, else in a file', async () => {
  const here = [store('one', 'opaque'), store('two', 'opaque')];
  assert.deepEqual(await periodicOf(BOTH, ...here), ['one://label', true, 'brokerUrl']);
  assert.deepEqual(await periodicOf(BOTH, store('one'), store('two', 'opaque')), [
    'two://label',
    false,
    'resultBackend',
  ]);

  const file = store('sqlite', 'opaque');
  const options = { ...BOTH, beatScheduleFilename: '/var/lib/50% off/beat?.db' };
  assert.deepEqual(await periodicOf(options, store('one'), store('two'), file), [
    'sqlite://label',
    false,
    'beatScheduleFilename',
  ]);
  assert.deepEqual(file.created, ['sqlite:////var/lib/50%25%20off/beat%3F.db']);
  assert.deepEqual(file.closed, file.created, 'closed with the app');
});

test('lovageBeatUrl says where they are kept, and one URL is one driver', async () => {
  const three = store('three', 'opaque');
  const all = [store('one', 'opaque'), store('two', 'opaque'), three];
  assert.deepEqual(await periodicOf({ ...BOTH, lovageBeatUrl: 'three://c' }, ...all), [
    'three://label',
    false,
    'lovageBeatUrl',
  ]);
  assert.deepEqual(await periodicOf({ ...BOTH, lovageBeatUrl: 'one://a' }, ...all), [
    'one://label',
    true,
    'lovageBeatUrl',
  ]);
  assert.deepEqual(three.closed, ['three://c']);
  await assert.rejects(
    periodicOf({ ...BOTH, lovageBeatUrl: 'four://d' }, ...all, store('four')),
    /lovageBeatUrl: four:\/\/label cannot keep periodic tasks: give SQLite, Redis or PostgreSQL/,
  );
});

test('nobody opens such a store who does not ask for it, and who asks twice has it once', async () => {
  const three = store('three', 'opaque');
  const drivers = [store('one').factory, store('two').factory, three.factory];
  await using app = new App('periodic', { environment: {}, drivers, ...BOTH, lovageBeatUrl: 'three://c' });
  const services = await app.drivers();
  assert.deepEqual(three.created, []);
  assert.equal(await services.periodic(), await services.periodic());
  assert.deepEqual(three.created, ['three://c']);
});

test("a django scheduler wants Django's tables, and no other scheduler takes them", async () => {
  const django = { ...BOTH, beatScheduler: 'django' };
  const results = store('two', 'django');
  assert.deepEqual(await periodicOf(django, store('one', 'opaque'), results), [
    'two://label',
    false,
    'resultBackend',
  ]);
  assert.deepEqual(await periodicOf(BOTH, store('one'), store('two', 'django'), store('sqlite', 'opaque')), [
    'sqlite://label',
    false,
    'beatScheduleFilename',
  ]);
  await assert.rejects(
    periodicOf(django, store('one', 'opaque'), store('two', 'opaque')),
    (error: Error) =>
      error instanceof ImproperlyConfigured && /give lovageBeatUrl, such as django-db\+/.test(error.message),
  );
  await assert.rejects(
    periodicOf({ ...django, lovageBeatUrl: 'one://a' }, store('one', 'opaque'), store('two')),
    /one:\/\/label has no tables of django-celery-beat/,
  );
  await assert.rejects(
    periodicOf({ ...BOTH, lovageBeatUrl: 'two://b' }, store('one'), store('two', 'django')),
    /two:\/\/label has tables of django-celery-beat: set beatScheduler to django/,
  );
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ImproperlyConfigured } from '@lovage/app';
import { Beat, crontab, runId } from '../src/index.ts';
import { BeatScene } from './beat-scene.ts';

suite('beat', () => {
  test('says that it begins, and whether in a worker, to who connected', async (t) => {
    const scene = new BeatScene(t);
    const said: string[] = [];
    scene.app.signals.beatInit.connect(async ({ instance }) => {
      said.push(instance instanceof Beat ? `beatInit ${instance.status.phase}` : 'nobody');
    });
    scene.app.signals.beatEmbeddedInit.connect(() => said.push('beatEmbeddedInit'));
    await scene.beat();
    assert.deepEqual(said.splice(0), ['beatInit starting']);
    await scene.beat({ embedded: true });
    assert.deepEqual(said, ['beatInit starting', 'beatEmbeddedInit']);
  });

  test('sends each due time once, as a call of the app, under an id made of it', async (t) => {
    const scene = new BeatScene(t, {
      beatSchedule: {
        often: {
          task: 'shop.often',
          schedule: 10,
          args: [1],
          kwargs: { deep: true },
          options: { queue: 'slow', priority: 7, expires: 60, headers: { tenant: 'a' } },
        },
      },
    });
    await scene.beat();
    await scene.clock.advance(31_000);
    assert.deepEqual(scene.dues(), ['often 12:00:10', 'often 12:00:20', 'often 12:00:30']);
    const queued = await scene.queued('slow');
    assert.deepEqual(
      queued.map(({ id }) => id),
      scene.sent.map(({ id }) => id),
    );
    const { envelope, headers } = queued[0]!;
    assert.equal(envelope.priority, 7);
    assert.equal(headers.task, 'shop.often');
    assert.equal(envelope.headers['periodic_task_name'], 'often');
    assert.equal(envelope.headers['tenant'], 'a');
    // Counted from its sending.
    assert.match(String(envelope.headers['expires']), /^2026-03-01T12:01:10/);
    assert.equal(
      scene.said(
        `sending due task often (shop.often) id=${queued[0]!.id} due=2026-03-01T12:00:10.000Z late=0ms`,
      ),
      1,
    );
    const { lastRunId, runs, next } = await scene.tasks.get('often');
    assert.deepEqual([lastRunId, runs, next], [queued[2]!.id, 3, new Date('2026-03-01T12:00:40Z')]);
  });

  test('signals and events are those of every call', async (t) => {
    const scene = new BeatScene(t, {
      taskSendSentEvent: true,
      beatSchedule: { e: { task: 'a.b', schedule: 10 } },
    });
    const told: string[] = [];
    scene.app.signals.beforeTaskPublish.connect(({ headers }) => {
      headers['by'] = 'signal';
      told.push('before');
    });
    scene.app.signals.afterTaskPublish.connect(({ headers }) => told.push(`after ${headers['by']}`));
    const { promise: event, resolve } = Promise.withResolvers<unknown>();
    await scene.app.events.receiver({ types: ['task-sent'], wakeup: false, onEvent: resolve });
    await scene.beat();
    await scene.clock.advance(10_000);
    assert.deepEqual(told, ['before', 'after signal']);
    assert.equal(((await event) as { name: string }).name, 'a.b');
    const [first] = await scene.queued();
    assert.equal(first!.envelope.headers['by'], 'signal');
  });

  test('a schedule beside a task is an entry, under the name of the task', async (t) => {
    const scene = new BeatScene(t);
    scene.app.task({ name: 'shop.tidy', queue: 'tidy', schedule: { minutes: 1 } }, () => {});
    scene.app.task(
      {
        name: 'shop.sum',
        schedule: [
          { name: 'a', schedule: 20, args: [1] },
          { name: 'b', schedule: 30 },
        ],
      },
      () => {},
    );
    await scene.beat();
    await scene.clock.advance(60_000);
    assert.deepEqual(scene.dues().sort(), [
      ...['a 12:00:20', 'a 12:00:40', 'a 12:01:00', 'b 12:00:30', 'b 12:01:00'],
      'shop.tidy 12:01:00',
    ]);
    assert.equal((await scene.queued('tidy')).length, 1);
  });

  test('two entries of one name, and what cannot be read, are refused at start, all in one error', async (t) => {
    const scene = new BeatScene(t, {
      beatSchedule: { 'shop.tidy': { task: 'a.b', schedule: 10 }, bad: { task: 'a.b', schedule: -1 } },
    });
    scene.app.task({ name: 'shop.tidy', schedule: 60 }, () => {});
    await assert.rejects(new Beat(scene.app).start(), (error: Error) => {
      assert.ok(error instanceof ImproperlyConfigured);
      assert.match(error.message, /beatSchedule "bad"/);
      return true;
    });
  });

  test('a crontab without a zone is one of the app, and is due once on the night of a change', async (t) => {
    const schedule = crontab({ minute: 30, hour: 2 });
    const scene = new BeatScene(
      t,
      { timezone: 'Europe/Prague', beatSchedule: { nightly: { task: 'a.b', schedule } } },
      '2026-03-29T00:00:00Z',
    );
    await scene.beat();
    // Half past two is not on this night's clock, and so it is half past three.
    for (let hour = 0; hour < 26; hour += 1) {
      await scene.clock.pause(3_590_000);
      await scene.clock.advance(10_000);
    }
    assert.deepEqual(
      scene.sent.map(({ due }) => due.toISOString()),
      ['2026-03-29T01:30:00.000Z', '2026-03-30T00:30:00.000Z'],
    );
  });

  test('a change is taken up within the interval; nothing is listed while nothing changes', async (t) => {
    let listed = 0;
    const before = (call: string) => {
      if (call === 'list') listed += 1;
    };
    const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 60 } } }, undefined, {
      before,
    });
    await scene.beat();
    listed = 0;
    await scene.clock.advance(300_000);
    assert.equal(scene.dues('e').length, 5);
    assert.equal(listed, 0);
    await scene.tasks.create('new', { task: 'a.c', schedule: 1 });
    await scene.tasks.update('e', { schedule: 3600 });
    await scene.clock.advance(5000);
    assert.ok(scene.dues('new').length >= 4);
    await scene.tasks.disable('new');
    await scene.clock.advance(5000);
    const { length } = scene.dues('new');
    await scene.clock.advance(60_000);
    assert.equal(scene.dues('new').length, length);
    assert.equal(scene.dues('e').length, 5);
    // One change, one list: two takings up by the beat.
    assert.equal(listed, 2);
  });

  test('one that is to run once is disabled with its run', async (t) => {
    const scene = new BeatScene(t, { beatSchedule: { once: { task: 'a.b', schedule: 10, oneOff: true } } });
    await scene.beat();
    await scene.clock.advance(60_000);
    assert.deepEqual(scene.dues(), ['once 12:00:10']);
    assert.equal((await scene.tasks.get('once')).enabled, false);
  });

  test('one that expires is disabled then', async (t) => {
    const expires = '2026-03-01T12:00:25Z';
    const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 10, expires } } });
    await scene.beat();
    await scene.clock.advance(60_000);
    assert.deepEqual(scene.dues(), ['e 12:00:10', 'e 12:00:20']);
    const { enabled, runs } = await scene.tasks.get('e');
    assert.deepEqual([enabled, runs], [false, 2]);
    assert.equal(scene.said('e expired at 2026-03-01T12:00:25.000Z, and is disabled'), 1);
  });

  test('a call that cannot be made is said, its due time passes, and others go on', async (t) => {
    const scene = new BeatScene(t, {
      taskCreateMissingQueues: false,
      taskQueues: ['celery'],
      beatSchedule: {
        lost: { task: 'a.b', schedule: 10, options: { queue: 'nowhere' } },
        fine: { task: 'a.c', schedule: 10 },
      },
    });
    const beat = await scene.beat();
    await scene.clock.advance(20_000);
    assert.deepEqual(scene.dues(), ['fine 12:00:10', 'fine 12:00:20']);
    assert.equal(scene.said('error: beat: lost (a.b) cannot be sent'), 2);
    assert.deepEqual([(await scene.tasks.get('lost')).runs, beat.status.healthy], [0, true]);
  });

  test('an entry that cannot be read is said once per version, and others run', async (t) => {
    const scene = new BeatScene(t, { beatSchedule: { fine: { task: 'a.c', schedule: 10 } } });
    const { schedules } = await scene.store();
    const bad = { name: 'bad', definition: Buffer.from('{"form":9}'), enabled: true, since: 0 };
    await schedules.put([bad]);
    const beat = await scene.beat();
    await scene.clock.advance(10_000);
    await scene.tasks.create('more', { task: 'a.c', schedule: 10 });
    await scene.clock.advance(20_000);
    assert.equal(scene.dues('fine').length, 3);
    assert.equal(scene.said("error: beat: entry 'bad' is stored in form 9"), 1);
    assert.equal(beat.status.unreadable, 1);
    await schedules.put([bad]);
    await scene.clock.advance(5000);
    assert.equal(scene.said("error: beat: entry 'bad'"), 2);
    assert.match((await scene.tasks.get('bad')).problem!, /form 9/);
  });

  test('a clock that is set back sends nothing again, and one that is set on again is seen soon', async (t) => {
    const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 10 } } });
    await scene.beat();
    await scene.clock.advance(30_000);
    scene.clock.set('2026-03-01T09:00:00Z');
    await scene.clock.advance(60_000);
    assert.equal(scene.dues().length, 3);
    scene.clock.set('2026-03-01T12:00:41Z');
    await scene.clock.advance(6000);
    assert.deepEqual(scene.dues().slice(3), ['e 12:00:40']);
    assert.ok(Math.max(...scene.clock.sleeps) <= 30_000);
  });

  test('ids are of the entry, not of its name: one made anew has others', async (t) => {
    const scene = new BeatScene(t, {});
    await scene.beat();
    for (const _ of [1, 2]) {
      await scene.tasks.create('e', { task: 'a.b', schedule: 10 });
      await scene.clock.advance(10_000);
      await scene.tasks.delete('e');
    }
    assert.equal(new Set(scene.sent.map(({ id }) => id)).size, 2);
    assert.notEqual(runId('a', 5), runId('b', 5));
    assert.equal(runId('a', 5), runId('a', 5));
    assert.match(runId('a', 5), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('thousands that are due at once are all sent, in their order', async (t) => {
    const scene = new BeatScene(t, {
      beatSchedule: Object.fromEntries(
        Array.from({ length: 1700 }, (_, i) => [`e${i}`, { task: 'a.b', schedule: i % 2 ? 10 : 20 }]),
      ),
    });
    await scene.beat();
    await scene.clock.advance(20_000);
    assert.equal(scene.sent.length, 850 * 2 + 850);
    assert.equal(new Set(scene.sent.map(({ id }) => id)).size, scene.sent.length);
  });

  test('the code scheduler runs what the code says, whatever is stored', async (t) => {
    const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 10 } } });
    await scene.tasks.create('other', { task: 'a.c', schedule: 1 });
    const first = await scene.beat({ scheduler: 'code' });
    await scene.clock.advance(10_000);
    await scene.tasks.update('e', { schedule: 1, task: 'a.d' });
    await scene.clock.advance(20_000);
    assert.deepEqual(new Set(scene.sent.map(({ task }) => task)), new Set(['a.b']));
    assert.ok(scene.dues('e').length <= 3);
    await first.stop();
    const { lastRun } = await scene.tasks.get('e');
    await scene.beat({ scheduler: 'code' });
    await scene.clock.advance(10_000);
    // It neither repeats nor forgets.
    assert.equal(new Set(scene.dues()).size, scene.sent.length);
    assert.ok((await scene.tasks.get('e')).lastRun! > lastRun!);
  });
});

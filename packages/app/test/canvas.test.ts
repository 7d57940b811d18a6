import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  App,
  chain,
  chord,
  GroupResult,
  group,
  ImproperlyConfigured,
  InvalidCall,
  Signature,
} from '@lovage/app';
import { run } from './perform-once.ts';
import { setUp } from './sending-app.ts';

function eagerApp(conf: object = {}) {
  const app = new App('eager', { environment: {}, brokerUrl: 'memory://', taskAlwaysEager: true, ...conf });
  const ran: string[] = [];
  const add = app.task('c.add', (x: number, y: number) => {
    ran.push(`add ${x} ${y}`);
    return x + y;
  });
  const double = app.task('c.double', (n: number) => n * 2);
  return {
    app,
    ran,
    add,
    double,
    sum: app.task('c.sum', (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)),
    list: app.task('c.list', (items: unknown[]) => items),
    fail: app.task('c.fail', (text: string): number => {
      throw new TypeError(text);
    }),
    told: app.task('c.told', (id: string) => void ran.push(`told ${id}`)),
    fan: app.task({ name: 'c.fan', bind: true }, (self, n: number): number[] =>
      self.replace(group(Array.from({ length: n }, (_, index) => double.s(index)))),
    ),
  };
}

suite('workflows that run here and now', () => {
  test('chains, groups, chords and what is within them', async () => {
    const { add, double, sum, list } = eagerApp();
    assert.equal(await (await chain(add.s(1, 2), double.s(), add.s(10)).delay()).get(), 16);
    assert.deepEqual(await (await group(add.s(1, 1), double.s(4)).delay()).get(), [2, 8]);
    assert.equal(await (await chord([add.s(1, 1), add.s(2, 2)], sum.s()).delay()).get(), 6);
    const deep = chain(add.s(1, 2), group(add.s(10), chain(add.s(20), double.s())), sum.s(), double.s());
    assert.equal(await (await deep.delay()).get(), 118);
    const ends = chord([chain(add.s(1, 1), group(add.s(10), add.s(20))), add.s(5, 5)], list.s());
    assert.deepEqual(await (await ends.delay()).get(), [[12, 22], 10]);
  });

  test('apply runs without eager mode too', async () => {
    const { add, double } = eagerApp({ taskAlwaysEager: false });
    const result = await chain(add.s(1, 2), double.s()).apply();
    assert.equal(await result.get(), 6);
    assert.equal(await (await double.s(4).apply()).get(), 8);
  });

  test('map, starmap and chunks', async () => {
    const { double, add } = eagerApp();
    assert.deepEqual(await (await double.map([1, 2]).delay()).get(), [2, 4]);
    assert.deepEqual(await (await add.starmap([[1, 2]]).delay()).get(), [3]);
    const chunks = add.chunks(
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ] as [number, number][],
      2,
    );
    assert.deepEqual(await (await chunks.delay()).get(), [[2, 4], [6]]);
    assert.throws(() => add.chunks([[1, 1]], 0), InvalidCall);
  });

  test('what follows a failure does not run, and has failed', async () => {
    const { add, fail, sum, ran, told } = eagerApp();
    const result = await chain(fail.s('no'), add.s(1)).linkError(told.s()).delay();
    await assert.rejects(result.get(), { type: 'TypeError', message: 'no' });
    const chorded = await chord([add.s(1, 1), fail.s('bad')], sum.s()).delay();
    await assert.rejects(chorded.get(), { type: 'ChordError', message: /raised TypeError\('bad'\)/ });
    assert.deepEqual(
      ran.map((each) => each.split(' ')[0]),
      ['told', 'add'],
    );
  });

  test('a task that is replaced', async () => {
    const { fan, sum } = eagerApp();
    assert.deepEqual(await (await fan.delay(3)).get(), [0, 2, 4]);
    assert.equal(await (await chain(fan.s(3), sum.s()).delay()).get(), 6);
  });
});

suite('signatures are values', () => {
  const { app, add, double, told, sum } = eagerApp();

  test('nothing changes the one that was there', () => {
    const first = add.s(2);
    const second = first.set({ queue: 'slow' }).link(told.s()).clone([1], { countdown: 3 });
    assert.deepEqual(first.toJSON(), new Signature(app, { task: 'c.add', args: [2] }).toJSON());
    assert.deepEqual(second.toJSON().args, [1, 2]);
    assert.deepEqual(Object.keys(second.toJSON().options).sort(), ['countdown', 'link', 'queue']);
    const flow = chain(add.s(1, 2), double.s());
    const changed = flow.set({ queue: 'slow' }).linkError(told.s());
    assert.deepEqual(flow.toJSON().options, {});
    assert.deepEqual(Object.keys(changed.toJSON().options), ['queue', 'link_error']);
  });

  test('a signature from its plain form is the same', async () => {
    const flow = chain(add.s(1, 2), group(double.s(), add.s(1)), sum.s());
    const again = app.signature<number>(JSON.parse(JSON.stringify(flow)));
    assert.deepEqual(again.toJSON(), flow.toJSON());
    assert.equal(await (await again.delay()).get(), 10);
  });

  test('what makes no sense is refused, and why', () => {
    const other = new App('other', { environment: {}, brokerUrl: 'memory://' });
    const theirs = other.task('c.theirs', (n: number) => n);
    assert.throws(() => chain(add.s(1, 2), theirs.s()), /belongs to one app.*eager, other/);
    assert.throws(() => chain(add.s(1, 2), add as never), /part 1 of a chain is no signature/);
    assert.throws(() => chord(5 as never, sum.s() as never), /header of a chord must be a list/);
    assert.throws(() => group(add.s(1, 2)).link(told.s()), /no single end/);
    assert.throws(() => chain(add.s(1, 2)).set({ countDown: 3 } as never), /did you mean countdown/);
    assert.throws(() => app.signature({ args: [] } as never), /no signature/);
  });

  test('a result and its tuple stand for each other', () => {
    const tuple = [['body', [['g', [['first', null], null]], [[['a', null], null]]]], null] as const;
    const result = app.resultFrom(tuple);
    assert.ok(result.parent instanceof GroupResult);
    assert.equal(result.parent.parent?.id, 'first');
    assert.deepEqual(result.asTuple(), tuple);
  });
});

suite('what is sent', () => {
  test('all of it in one publish, what follows inside', async () => {
    const { app, service, body, headers } = setUp({ resultBackend: null });
    const [a, b, c] = ['w.a', 'w.b', 'w.c'].map((name) => app.signature(name));
    const result = await chain(a!, b!, c!).delay(1);
    assert.equal(service.published.length, 1);
    assert.deepEqual(body().args, [1]);
    const rest = body().embed.chain!.map(({ task, options }) => [task, options['task_id']]);
    assert.deepEqual(rest, [
      ['w.c', result.id],
      ['w.b', result.parent!.id],
    ]);
    await group(a!, b!).delay();
    assert.deepEqual(
      service.published.at(-1)!.map(({ envelope }) => envelope.headers['task']),
      ['w.a', 'w.b'],
    );
    assert.equal(headers().groupIndex, 1);
  });

  test('options of the call: a chain gives them to its first, a group to all', async () => {
    const { app, service, sent } = setUp();
    const [a, b] = ['w.a', 'w.b'].map((name) => app.signature(name));
    await chain(a!, b!).applyAsync([], { queue: 'slow', priority: 3 });
    assert.deepEqual([sent().queue, sent().envelope.priority], ['slow', 3]);
    const id = crypto.randomUUID();
    const result = await group(a!, b!).applyAsync([], { queue: 'other', taskId: id });
    assert.deepEqual(
      service.published.at(-1)!.map(({ queue }) => queue),
      ['other', 'other'],
    );
    assert.equal(result.id, id);
    await assert.rejects(group(a!, b!).applyAsync([], { kwargs: { n: 1 } }), /takes no kwargs/);
  });

  test('a chord is refused where nobody counts its parts, before anything is sent', async () => {
    const nowhere = setUp({ resultBackend: null });
    const elsewhere = setUp();
    for (const { app, service } of [nowhere, elsewhere]) {
      const flow = chord([app.signature('w.a')], app.signature('w.b'));
      await assert.rejects(flow.delay(), ImproperlyConfigured);
      assert.equal(service.published.length, 0);
    }
  });

  test('where no result backend is named, a chord counts where the broker is', async () => {
    await using app = new App('plain', { environment: {}, brokerUrl: `memory://${crypto.randomUUID()}` });
    await chord([app.signature('w.a'), app.signature('w.b')], app.signature('w.c')).delay();
    const { broker, results } = await app.drivers();
    assert.equal((await broker.depth(['celery']))[0]?.ready, 2);
    assert.equal((await results!.chords!.review(0, 10))[0]?.missing.length, 2);
  });
});

test('a task that sends very many names only so many as its children', async () => {
  const { app } = setUp();
  const trail = async (send: () => Promise<unknown>) => {
    const outcome = await run(send, { on: app });
    return outcome.kind === 'succeeded' ? (outcome.trail?.length ?? 0) : outcome;
  };
  const many = Array.from({ length: 20_000 }, () => ({ task: 'w.a' }));
  assert.equal(await trail(async () => void (await app.bulk(many))), 10_000);
  const two = group(app.signature('w.a'), app.signature('w.b'));
  assert.equal(await trail(async () => void (await two.delay())), 1);
});

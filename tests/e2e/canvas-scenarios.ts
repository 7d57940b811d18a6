/** Workflows, run the same over every store. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chain, chord, GroupResult, group, Lovage, TaskError } from 'lovage';
import type { Store } from './scenarios.ts';
import { until } from './stage.ts';

const SOON = { timeout: 60 };

export function canvasScenarios(store: Store): void {
  describe(`workflows over ${store.name}`, { skip: store.skip ?? false, timeout: 90_000 }, () => {
    let app: Lovage;
    let worker: Awaited<ReturnType<Lovage['worker']>>;
    let tasks: ReturnType<typeof define>;
    let close: () => Promise<void>;
    const told: string[] = [];

    before(async () => {
      const opened = await store.open();
      close = opened.close;
      app = new Lovage('canvas', {
        brokerUrl: opened.broker,
        resultBackend: opened.results,
        taskAcksLate: true,
        lovageLogLevel: 'silent',
      });
      tasks = define(app, told);
      worker = await app.worker({ concurrency: 8 });
    });
    after(async () => {
      await worker.stop('warm');
      await app.close();
      await close();
    });

    const count = (what: string) => told.filter((each) => each === what).length;

    test('a chain hands each result on', async () => {
      const { add, double } = tasks;
      const result = await chain(add.s(1, 2), double.s(), add.s(10)).delay();
      assert.equal(await result.get(SOON), 16);
      assert.equal(await result.parent!.get(SOON), 6);
      assert.equal(await result.parent!.parent!.get(SOON), 3);
    });

    test('a group gives its results in order', async () => {
      const { add } = tasks;
      const result = await group([5, 4, 3, 2, 1].map((n) => add.s(n, n))).delay();
      assert.deepEqual(await result.get(SOON), [10, 8, 6, 4, 2]);
      assert.equal(await result.completedCount(), 5);
      assert.ok((await result.ready()) && (await result.successful()) && !(await result.failed()));
    });

    test('the members of a group are told as they end', async () => {
      const { add, double } = tasks;
      const result = await group(add.s(1, 1), double.s(4)).delay();
      const seen = new Map<number, unknown>();
      for await (const { index, value } of result) seen.set(index, value);
      assert.deepEqual([...seen].sort(), [
        [0, 2],
        [1, 8],
      ]);
    });

    test('a group is found again by its id', async () => {
      const { add } = tasks;
      const sent = await group(add.s(1, 1), add.s(2, 2)).delay();
      await sent.save();
      const again = await GroupResult.restore(app, sent.id);
      assert.deepEqual(await again!.get(SOON), [2, 4]);
      assert.deepEqual(again!.asTuple(), sent.asTuple());
      await again!.forget();
      assert.equal(await GroupResult.restore(app, sent.id), undefined);
    });

    test('a chord gives its body the list of results', async () => {
      const { add, sum } = tasks;
      const result = await chord(
        [3, 2, 1].map((n) => add.s(n, n)),
        sum.s(),
      ).delay();
      assert.equal(await result.get(SOON), 12);
    });

    test('a chord with an empty header, and an empty group', async () => {
      const { add, sum } = tasks;
      assert.equal(await (await chord([] as ReturnType<typeof add.si>[], sum.s()).delay()).get(SOON), 0);
      assert.deepEqual(await (await group([] as ReturnType<typeof add.si>[]).delay()).get(SOON), []);
    });

    test('a chain with a group in its middle, one at its end, and two after each other', async () => {
      const { add, sum, list } = tasks;
      const middle = chain(add.s(1, 2), group(add.s(10), add.s(20)), sum.s(), add.s(1000));
      assert.equal(await (await middle.delay()).get(SOON), 1036);
      const end = await chain(add.s(1, 2), group(add.s(10), add.s(20))).delay();
      assert.deepEqual(await end.get(SOON), [13, 23]);
      const two = chain(group(add.s(1, 1), add.s(2, 2)), group(sum.s(), list.s()), list.s());
      assert.deepEqual(await (await two.delay()).get(SOON), [6, [2, 4]]);
    });

    test('chords in headers, as bodies and in a row', async () => {
      const { add, double, sum, list } = tasks;
      const inner = chord([add.s(1, 1), add.s(2, 2)], sum.s());
      assert.deepEqual(await (await chord([inner, add.s(3, 3)], list.s()).delay()).get(SOON), [6, 6]);
      const ends = chord([chain(add.s(1, 1), group(add.s(10), add.s(20))), add.s(5, 5)], list.s());
      assert.deepEqual(await (await ends.delay()).get(SOON), [[12, 22], 10]);
      const row = chain(
        group(add.s(1, 1), add.s(2, 2)),
        sum.s(),
        group(add.s(1), add.s(2)),
        sum.s(),
        double.s(),
      );
      assert.equal(await (await row.delay()).get(SOON), 30);
    });

    test('map, starmap and chunks', async () => {
      const { add, double } = tasks;
      assert.deepEqual(await (await double.map([1, 2, 3]).delay()).get(SOON), [2, 4, 6]);
      const pairs: [number, number][] = [
        [1, 2],
        [3, 4],
        [5, 6],
      ];
      assert.deepEqual(await (await add.starmap(pairs).delay()).get(SOON), [3, 7, 11]);
      assert.deepEqual(await (await add.chunks(pairs, 2).delay()).get(SOON), [[3, 7], [11]]);
    });

    test('links may be workflows', async () => {
      const { add, note, sum } = tasks;
      const link = chord([add.s(1), add.s(2)], sum.s()).link(note.s('linked'));
      await add.s(1, 1).link(link).delay();
      await until(() => count('linked 7') === 1, 'the linked chord ran to its end');
    });

    test('a failure in a chain ends it: every later step has failed, and nothing of it runs', async () => {
      const { add, fail, note, sum } = tasks;
      const flow = chain(fail.s('no'), group(add.s(1), add.s(2)), sum.s(), note.si('never', 0));
      const result = await flow.linkError(note.s('chain failed')).delay();
      await assert.rejects(result.get(SOON), { type: 'Broken', message: 'no' });
      for (const member of (result.parent!.parent as GroupResult).results) {
        await assert.rejects(member.get(SOON), { type: 'Broken' });
      }
      await until(() => told.some((each) => each.endsWith('chain failed')), 'the errback ran');
      assert.equal(count('never 0'), 0);
    });

    test('a failure in a header is the failure of the body, told once', async () => {
      const { add, fail, sum, note } = tasks;
      const flow = chord([add.s(1, 1), fail.s('bad'), add.s(2, 2)], sum.s()).linkError(
        note.s('chord failed'),
      );
      const result = await flow.delay();
      await assert.rejects(result.get(SOON), {
        type: 'ChordError',
        message: /Dependency .* raised Broken\('bad'\)/,
      });
      await until(() => count(`${result.id} chord failed`) === 1, 'the errback of the chord ran');
      assert.equal(told.filter((each) => each.endsWith('chord failed')).length, 1);
    });

    test('a failure within a part of a header is told through every chord around it', async () => {
      const { add, fail, list } = tasks;
      const deep = chord([chain(fail.s('deep'), add.s(1), group(add.s(1), add.s(2))), add.s(1, 1)], list.s());
      const result = await chord([chord([deep, add.s(1, 1)], list.s()), add.s(2, 2)], list.s()).delay();
      await assert.rejects(result.get(SOON), { type: 'ChordError', message: /raised ChordError/ });
    });

    test('a body that is a group fails in all its members', async () => {
      const { fail, sum, list } = tasks;
      const result = await chain(group(fail.s('x'), fail.s('y')), group(sum.s(), list.s())).delay();
      for (const member of result.results) await assert.rejects(member.get(SOON), { type: 'ChordError' });
      const ends = await Promise.all(
        result.results.map((member) => member.get({ ...SOON, propagate: false } as never)),
      );
      assert.ok(ends.every((end) => end instanceof TaskError));
    });

    test('a part that expired is a part that failed', async () => {
      const { add, sum } = tasks;
      const late = add.s(1, 1).set({ expires: new Date(Date.now() - 1000) });
      const result = await chord([add.s(1, 1), chain(late, add.s(5))], sum.s()).delay();
      await assert.rejects(result.get(SOON), {
        type: 'ChordError',
        message: /TaskRevokedError\('expired'\)/,
      });
    });

    test('a part that no worker knows is a part that failed', async () => {
      const { add, sum } = tasks;
      const result = await chord([add.s(1, 1), app.signature<number>('canvas.nobody')], sum.s()).delay();
      await assert.rejects(result.get(SOON), { type: 'ChordError', message: /NotRegistered/ });
    });

    test('a task replaced by a group, a chain, in a chain and in a chord', async () => {
      const { add, fan, sum, list } = tasks;
      const alone = await fan.delay(3);
      assert.deepEqual(await alone.get(SOON), [0, 2, 4]);
      assert.equal(await (await chain(fan.s(3), sum.s(), add.s(1)).delay()).get(SOON), 7);
      assert.deepEqual(await (await chord([fan.s(2), fan.s(3)], list.s()).delay()).get(SOON), [
        [0, 2],
        [0, 2, 4],
      ]);
    });

    test('a task adds another to the header of its chord', async () => {
      const { grow, list } = tasks;
      const result = await chord([grow.s(1), grow.s(2)], list.s()).delay();
      const values = (await result.get(SOON)) as number[];
      assert.deepEqual([...values].sort(), [1, 100, 2]);
    });

    const childless = { skip: store.childless ?? false };
    test('children and all that came of a result', childless, async () => {
      const { add, double, parent } = tasks;
      const result = await parent.delay();
      assert.equal(await result.get(SOON), 'parent');
      assert.equal((await result.children()).length, 2);
      const values: unknown[] = [];
      for await (const [, value] of result.collect(SOON)) values.push(value);
      assert.deepEqual(values, ['parent', 3, [2, 4], 2, 4]);
      const chained = await chain(add.s(1, 1), double.s()).delay();
      await chained.get(SOON);
      const from: unknown[] = [];
      for await (const [, value] of chained.parent!.collect(SOON)) from.push(value);
      assert.deepEqual(from, [2, 4]);
    });

    test('a chain of forty chords', async () => {
      const { add, sum, halve } = tasks;
      let flow = chain(add.s(0, 0), add.s(1));
      for (let turn = 0; turn < 40; turn += 1) {
        flow = flow
          .pipe(group(add.s(1), add.s(0)))
          .pipe(sum.s())
          .pipe(halve.s());
      }
      assert.equal(await (await flow.delay()).get({ timeout: 40 }), 1);
    });

    test('a chord of 300 parts', async () => {
      const { add, sum } = tasks;
      const parts = Array.from({ length: 300 }, (_, n) => add.s(n, 0));
      assert.equal(await (await chord(parts, sum.s()).delay()).get(SOON), (299 * 300) / 2);
    });
  });
}

class Broken extends Error {}

function define(app: Lovage, told: string[]) {
  const add = app.task('canvas.add', (x: number, y: number) => x + y);
  const double = app.task('canvas.double', (n: number) => n * 2);
  return {
    add,
    double,
    halve: app.task('canvas.halve', (n: number) => Math.floor(n / 2)),
    sum: app.task('canvas.sum', (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)),
    list: app.task('canvas.list', (items: unknown[]) => items),
    fail: app.task('canvas.fail', (text: string): number => {
      throw new Broken(text);
    }),
    note: app.task('canvas.note', (what: string | number, more: string | number) => {
      told.push(typeof what === 'number' ? `${more} ${what}` : `${what} ${more}`);
      return null;
    }),
    fan: app.task({ name: 'canvas.fan', bind: true }, (self, n: number): number[] =>
      self.replace(group(Array.from({ length: n }, (_, index) => double.s(index)))),
    ),
    grow: app.task({ name: 'canvas.grow', bind: true }, async (self, n: number) => {
      if (n === 1) await self.addToChord(add.si(50, 50));
      return n;
    }),
    parent: app.task('canvas.parent', async () => {
      await add.delay(1, 2);
      await group(double.s(1), double.s(2)).delay();
      return 'parent';
    }),
  };
}

/** Results of workflows as each language sees those of the other: saved groups, tuples, parents, children. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ResultTuple } from '@lovage/protocol';
import type { AsyncResult } from 'lovage';
import { GroupResult } from 'lovage';
import { requireService } from '../../../tools/services.ts';
import { begin, build } from '../../canvas/build.ts';
import type { Language, Recipe } from '../../canvas/recipe.ts';
import { callsOf, chain, chord, group, LANGUAGES } from '../../canvas/recipe.ts';
import { Stage } from '../../canvas/stage.ts';

const skip = requireService('redis') || requireService('celery');
const SOON = { timeout: 60 };

/** A value as Python code. */
const literal = (value: unknown): string => `json.loads(${JSON.stringify(JSON.stringify(value))})`;

describe('results of workflows of two languages', { skip, timeout: 170_000 }, () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage?.close());

  let runs = 0;
  const callsFor = (language: Language) => callsOf(language, `results ${++runs}`);
  const sent = async (recipe: Recipe) => (await begin(stage.app, recipe.toJSON())) as AsyncResult<unknown>;

  /** A chain of a task, a chord and a task, with tasks in both languages. */
  const chained = (x = callsFor('ts'), y = callsFor('py')) =>
    chain(x('add', 1, 2), group(y('add', 10), x('add', 20)), y('total'), x('add', 1000));

  test('a group that was saved here is found in Python', async () => {
    const [x, y] = [callsFor('ts'), callsFor('py')];
    const saved = (await sent(
      group(x('add', 1, 1), chain(y('add', 2, 2), x('add', 10))),
    )) as unknown as GroupResult;
    await saved.save();
    const values = await stage.python(`answer = GroupResult.restore('${saved.id}', app=app).get(timeout=60)`);
    assert.deepEqual(values, [2, 14]);
    await saved.forget();
    assert.equal(await stage.python(`answer = GroupResult.restore('${saved.id}', app=app)`), null);
  });

  test('a group that Python saved is found here', async () => {
    const [x, y] = [callsFor('ts'), callsFor('py')];
    const recipe = group(x('add', 3, 3), chain(y('add', 4, 4), x('add', 10)));
    const id = await stage.python<string>(
      `
flow = build(${literal(recipe)}, app)
result = flow.apply_async()
result.save()
answer = result.id`,
    );
    const theirs = await GroupResult.restore(stage.app, id);
    assert.deepEqual(await theirs!.get(SOON), [6, 18]);
    assert.deepEqual(
      [theirs!.length, await theirs!.completedCount(), await theirs!.successful()],
      [2, 2, true],
    );
  });

  test('Python reads our tuples, and finds all parents in them', async () => {
    const result = await sent(chained());
    assert.equal(await result.get(SOON), 1036);
    const values = await stage.python(
      `result = result_from_tuple(${literal(result.asTuple())}, app=app)
answer = []
while result:
    answer.append(result.get(timeout=60))
    result = result.parent`,
    );
    assert.deepEqual(values, [1036, 36, [13, 23], 3]);
  });

  test('we read the tuples of Python, and find all parents in them', async () => {
    const tuple = await stage.python<ResultTuple>(
      `
flow = build(${literal(chained())}, app)
answer = flow.apply_async().as_tuple()`,
    );
    const values: unknown[] = [];
    for (
      let each: AsyncResult | GroupResult | undefined = stage.app.resultFrom(tuple);
      each;
      each = each.parent
    ) {
      values.push(await each.get(SOON));
    }
    assert.deepEqual(values, [1036, 36, [13, 23], 3]);
  });

  test('tuples of a group that ends a chain', async () => {
    const flow = () =>
      chain(callsFor('ts')('add', 1, 2), group(callsFor('py')('add', 10), callsFor('ts')('add', 20)));
    const ours = (await sent(flow())) as unknown as GroupResult;
    const theirs = await stage.python<ResultTuple>(
      `
flow = build(${literal(flow())}, app)
ours = result_from_tuple(${literal(ours.asTuple())}, app=app)
assert [ours.get(timeout=60), ours.parent.get(timeout=60)] == [[13, 23], 3]
answer = flow.apply_async().as_tuple()`,
    );
    const read = stage.app.resultFrom(theirs) as GroupResult;
    assert.deepEqual([await read.get(SOON), await read.parent!.get(SOON)], [[13, 23], 3]);
  });

  /** The shape of what came of a result: values, and lists for groups. */
  type Tree = readonly [value: unknown, ...children: unknown[]];

  async function ourTree(result: AsyncResult | GroupResult): Promise<Tree | readonly Tree[]> {
    if (result instanceof GroupResult)
      return (await Promise.all(result.results.map(ourTree))) as readonly Tree[];
    const value = await result.get(SOON);
    return [value, ...(await Promise.all((await result.children()).map(ourTree)))];
  }

  const theirTree = (id: string) =>
    stage.python<Tree>(
      `def tree(result):
    if isinstance(result, GroupResult):
        return [tree(each) for each in result.results]
    value = result.get(timeout=60)
    return [value] + [tree(each) for each in result.children]
answer = tree(AsyncResult('${id}', app=app))`,
    );

  const FLOWS: readonly [name: string, flow: (calls: ReturnType<typeof callsFor>) => Recipe, tree: Tree][] = [
    ['a chain', (x) => chain(x('add', 1, 2), x('add', 10), x('add', 100)), [3, [13, [113]]]],
    ['a link', (x) => x('add', 1, 2).link(x('add', 10)), [3, [13]]],
    [
      'a chain that ends in a group',
      (x) => chain(x('add', 1, 2), group(x('add', 10), x('add', 20))),
      [3, [[13], [23]]],
    ],
    [
      'a workflow begun inside',
      (x) => x.with({ recipe: group(x('add', 1, 1), x('add', 2, 2)) }, 'start'),
      ['started', [[2], [4]]],
    ],
  ];
  for (const language of LANGUAGES) {
    for (const [name, flow, tree] of FLOWS) {
      test(`the children of ${name} that ran in ${language}, seen here and in Python`, async () => {
        const end = await sent(flow(callsFor(language)));
        let first: AsyncResult | GroupResult = end;
        while (first.parent) first = first.parent;
        assert.deepEqual(await ourTree(first), tree);
        assert.deepEqual(await theirTree(first.id), tree);
      });
    }

    test(`what is collected of a chain that ran in ${language}, here and in Python`, async () => {
      const x = callsFor(language);
      const result = await sent(chain(x('add', 1, 2), group(x('add', 10), x('add', 20))));
      await result.get(SOON);
      const first = result.parent!;
      const ours: unknown[] = [];
      for await (const [, value] of first.collect(SOON)) ours.push(value);
      assert.deepEqual(ours, [3, [13, 23], 13, 23]);
      const theirs = await stage.python(
        `answer = [value for _, value in AsyncResult('${first.id}', app=app).collect(timeout=60)]`,
      );
      assert.deepEqual(theirs, ours);
    });
  }

  test('a signature of Python goes on here, and one of ours in Python', async () => {
    const dict = await stage.python<object>(
      `
flow = build(${literal(chained())}, app)
answer = json.loads(json.dumps(flow))`,
    );
    const theirs = (await begin(stage.app, { dict })) as AsyncResult<unknown>;
    assert.equal(await theirs.get(SOON), 1036);
    const [x, y] = [callsFor('py'), callsFor('ts')];
    const built = chord([chain(x('add', 1, 1), y('add', 10)), y('add', 5, 5)], x('list'));
    const ours = { dict: build(stage.app, built.toJSON()).toJSON() };
    const value = await stage.python(
      `flow = build(${literal(ours)}, app)
answer = flow.apply_async().get(timeout=60)`,
    );
    assert.deepEqual(value, [12, 10]);
  });
});

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { AsyncResult } from '@lovage/app';
import { App, chain, chord, type GroupResult, group } from '@lovage/app';
import { Worker } from '@lovage/worker';
import { documentsOf } from '../src/graph/documents.ts';
import { gather } from '../src/graph/gather.ts';
import { picture, type TaskGraph, taskGraph } from '../src/graph/task-graph.ts';
import { emptyStore, lovage } from './lovage.ts';

const SOON = { timeout: 60 };
const WHOLE = { depth: 100, limit: 300 };

suite('lovage graph task', { timeout: 180_000 }, () => {
  const store = emptyStore();
  const app = new App('flows', {
    brokerUrl: store,
    resultBackend: store,
    resultExtended: true,
    taskAcksLate: true,
    lovageLogLevel: 'silent',
  });
  const add = app.task('flows.add', (x: number, y: number) => x + y);
  const sum = app.task('flows.sum', (numbers: number[]) => numbers.reduce((total, n) => total + n, 0));
  const fail = app.task('flows.fail', (_: number): number => {
    throw new TypeError('no "quotes"\nhere');
  });
  const note = app.task('flows.note', (id: string) => id);
  const fan = app.task({ name: 'flows.fan', bind: true }, (self, n: number): number[] =>
    self.replace(group(Array.from({ length: n }, (_, index) => add.s(index, index)))),
  );
  const many = app.task('flows.many', async (n: number) => {
    await group(Array.from({ length: n }, (_, index) => add.s(index, index))).delay();
    return n;
  });
  const worker = new Worker(app, { concurrency: 4 });
  before(() => worker.start());
  after(async () => {
    await worker.stop('warm');
    await app.close();
  });

  const graphOf = async (id: string, bounds = WHOLE): Promise<TaskGraph> => {
    const gathered = await gather(documentsOf(app), id, bounds);
    assert.ok(gathered, `${id} is not known`);
    return taskGraph(gathered);
  };
  /** The edges with names for ids, in one order. */
  const told = ({ edges }: TaskGraph, names: Readonly<Record<string, string>>): string[] =>
    edges.map(({ from, to, kind }) => `${names[from] ?? from} -${kind}- ${names[to] ?? to}`).sort();

  /** A chain with a chord in its middle, and names for its parts. */
  async function chordInChain() {
    const end = await chain(add.s(1, 2), group(add.s(10), add.s(20)), sum.s(), add.s(1000)).delay();
    assert.equal(await end.get(SOON), 1036);
    const body = end.parent as AsyncResult;
    const header = body.parent as GroupResult;
    const [one, two] = header.results.map(({ id }) => id) as [string, string];
    const first = header.parent!.id;
    const names = { [first]: 'first', [header.id]: 'header', [one]: 'one', [two]: 'two' };
    return {
      first,
      one,
      end: end.id,
      names: { ...names, [body.id]: 'body', [end.id]: 'end' },
      edges: [
        'body -child- end',
        'first -child- header',
        'header -member- one',
        'header -member- two',
        'one -body- body',
        'two -body- body',
      ],
    };
  }

  test('a chain with a chord in its middle, from its first step', async () => {
    const flow = await chordInChain();
    const graph = await graphOf(flow.first);
    assert.deepEqual(told(graph, flow.names), flow.edges);
    assert.deepEqual([graph.task_id, graph.left_out], [flow.first, 0]);
    const header = graph.nodes.find(({ kind }) => kind === 'group');
    assert.equal(header?.members, 2);
    const [first] = graph.nodes;
    assert.deepEqual(first, { id: flow.first, kind: 'task', name: 'flows.add', state: 'SUCCESS' });
  });

  test('the same from its last step: what came before, with all of the header', async () => {
    const flow = await chordInChain();
    assert.deepEqual(told(await graphOf(flow.end), flow.names), flow.edges);
  });

  test('a member knows its group and who sent it, and not its siblings', async () => {
    const flow = await chordInChain();
    const graph = await graphOf(flow.one);
    assert.deepEqual(told(graph, flow.names), ['first -child- header', 'header -member- one']);
  });

  test('chains within a group stand before their last steps', async () => {
    const flow = chain(
      add.s(1, 1),
      group(chain(add.s(1), add.s(2)), chain(add.s(3), group(add.s(4), add.s(5)))),
    );
    const sent = await flow.delay();
    await sent.get(SOON);
    const graph = await graphOf(sent.parent!.id);
    const [short, long] = sent.results as [AsyncResult, GroupResult];
    const names = {
      [sent.parent!.id]: 'first',
      [sent.id]: 'group',
      [short.parent!.id]: 'short',
      [short.id]: 'short end',
      [long.parent!.id]: 'long',
      [long.id]: 'inner',
      [long.results[0]!.id]: 'one',
      [long.results[1]!.id]: 'two',
    };
    assert.deepEqual(told(graph, names), [
      'first -child- group',
      'group -member- long',
      'group -member- short',
      'inner -member- one',
      'inner -member- two',
      'long -child- inner',
      'short -child- short end',
    ]);
  });

  test('a task that was replaced: what runs in its place has its id', async () => {
    const end = await chain(fan.s(3), sum.s()).delay();
    assert.equal(await end.get(SOON), 6);
    const { id } = end.parent!;
    const graph = await graphOf(id);
    const header = graph.nodes.find(({ kind }) => kind === 'group')!.id;
    const last = graph.edges.find(({ kind }) => kind === 'body')!.from;
    const names = { [id]: 'fan', [header]: 'header', [last]: 'last', [end.id]: 'end' };
    assert.deepEqual(told(graph, names), [
      'fan -child- end',
      'fan -child- header',
      'header -member- last',
      'last -body- fan',
    ]);
  });

  test('a failure, what never ran after it, and its errback', async () => {
    const flow = chain(add.s(1, 1), fail.s(), add.s(1)).linkError(note.s().set({ taskId: 'told' }));
    const end = await flow.delay();
    await assert.rejects(end.get(SOON), { type: 'TypeError' });
    await app.asyncResult('told').get(SOON);
    const failed = end.parent!.id;
    const first = end.parent!.parent!.id;
    const names = { [first]: 'first', [failed]: 'failed', [end.id]: 'never ran', told: 'errback' };
    const graph = await graphOf(first);
    assert.deepEqual(told(graph, names), ['first -child- failed']);
    const node = graph.nodes.find(({ id }) => id === failed);
    assert.deepEqual([node?.state, node?.error], ['FAILURE', String.raw`TypeError('no "quotes"\nhere')`]);
    // Callbacks are sent as a group.
    const before = await graphOf('told');
    const callbacks = before.nodes.find(({ kind }) => kind === 'group')!.id;
    assert.deepEqual(told(before, { ...names, [callbacks]: 'callbacks' }), [
      'callbacks -member- errback',
      'failed -child- callbacks',
      'first -child- failed',
    ]);
    assert.deepEqual(told(await graphOf(end.id), names), [
      'failed -child- never ran',
      'first -child- failed',
    ]);
  });

  test('a body that never ran leads to the part that failed', async () => {
    const body = await chord([add.s(1, 1), fail.s(1)], sum.s()).delay();
    await assert.rejects(body.get(SOON), { type: 'ChordError' });
    const header = body.parent as GroupResult;
    const names = { [header.id]: 'header', [header.results[1]!.id]: 'failed', [body.id]: 'body' };
    const edges = ['failed -body- body', 'header -member- failed'];
    assert.deepEqual(told(await graphOf(body.id), names), edges);
    await header.save();
    const whole = told(await graphOf(body.id), { ...names, [header.results[0]!.id]: 'good' });
    assert.deepEqual(whole, [...edges, 'good -body- body', 'header -member- good'].sort());
  });

  test('a group of 500 with a limit, from its sender and as a saved group', async () => {
    const sent = await many.delay(500);
    await sent.get(SOON);
    const [inner] = (await sent.children()) as [GroupResult];
    await inner.get(SOON);
    const graph = await graphOf(sent.id, { depth: 100, limit: 100 });
    assert.equal(graph.nodes.length, 100);
    assert.equal(graph.left_out, 402);
    assert.deepEqual(graph.nodes[1], { id: inner.id, kind: 'group', members: 500, left_out: 402 });
    assert.equal(picture(graph).nodes.at(-1)?.label, '402 more');
    assert.equal((await graphOf(sent.id, { depth: 100, limit: 1000 })).nodes.length, 502);
    const narrow = await graphOf(sent.id, { depth: 100, limit: 1 });
    assert.deepEqual([narrow.nodes.length, narrow.left_out], [1, 501]);

    await inner.save();
    const saved = await graphOf(inner.id, { depth: 100, limit: 1000 });
    assert.deepEqual([saved.nodes.length, saved.edges.length], [501, 500]);
    assert.ok(saved.nodes.slice(1).every(({ state }) => state === 'SUCCESS'));
  });

  test('so many steps and no more, in both directions', async () => {
    const end = await chain(add.s(0, 0), add.s(1), add.s(1), add.s(1), add.s(1)).delay();
    await end.get(SOON);
    const ids: string[] = [];
    for (let each: AsyncResult | GroupResult | undefined = end; each; each = each.parent)
      ids.unshift(each.id);
    const graph = await graphOf(ids[2]!, { depth: 1, limit: 300 });
    assert.deepEqual(graph.nodes.map(({ id }) => id).sort(), ids.slice(1, 4).sort());
    assert.equal(graph.left_out, 2);
  });

  test('the command draws, limits itself, and says so', async () => {
    const flow = await chordInChain();
    const dot = await lovage(['graph', 'task', flow.end, '-b', store]);
    assert.deepEqual([dot.code, dot.stderr], [0, '']);
    const short = flow.end.slice(0, 8);
    const node = `"${flow.end}" [label="flows.add\\n${short}\\nSUCCESS", shape=box, fillcolor=white, fillcolor=palegreen3, penwidth=3];`;
    assert.ok(dot.stdout.split('\n').includes(`  ${node}`), dot.stdout);
    assert.match(dot.stdout, new RegExp(`\n {2}"${flow.first}" -> "[-0-9a-f]+";\n`));
    assert.match(dot.stdout, new RegExp(`\n {2}"[-0-9a-f]+" -> "${flow.one}" \\[style=dashed\\];\n`));

    const mermaid = await lovage(['graph', 'task', flow.end, '-b', store, '--mermaid', '--limit', '2']);
    assert.match(mermaid.stdout, /^flowchart LR\n {2}n0\("flows\.add<br>[0-9a-f]{8}<br>SUCCESS"\)\n/);
    assert.match(mermaid.stdout, /\n {2}n1 --> n0\n/);
    assert.match(mermaid.stdout, /\n {2}n2\["\d more"\]\n/);
    assert.match(
      mermaid.stderr,
      /^Left out: \d results?, and what came of them\. Only 2 are drawn with --limit 2/,
    );

    const { stdout } = await lovage(['graph', 'task', flow.end, '-b', store, '--json']);
    const graph = JSON.parse(stdout) as TaskGraph;
    assert.deepEqual(told(graph, flow.names), flow.edges);
  });

  test('an id that nobody knows is an error like that of `lovage result`', async () => {
    const graph = await lovage(['graph', 'task', 'nobody', '-b', store]);
    assert.deepEqual([graph.code, graph.stdout], [69, '']);
    assert.match(graph.stderr, /No store knows nobody: it may wait, have expired, or never have been sent\./);
    const result = await lovage(['result', 'nobody', '--timeout', '0', '-b', store]);
    assert.equal(graph.code, result.code);
  });

  test('a graph without bounds is refused', async () => {
    for (const option of ['--limit', '--depth']) {
      const { code, stderr } = await lovage(['graph', 'task', 'x', option, '0', '-b', store]);
      assert.equal(code, 2);
      assert.match(stderr, /it must be a whole number from 1/);
    }
  });
});

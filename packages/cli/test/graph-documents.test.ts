/** What a picture makes of documents that no well-behaved task writes, and how it is written down. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TaskMeta } from '@lovage/protocol';
import type { Documents } from '../src/graph/documents.ts';
import { toDot } from '../src/graph/dot.ts';
import { gather } from '../src/graph/gather.ts';
import { toMermaid } from '../src/graph/mermaid.ts';
import { picture, type TaskGraph, taskGraph } from '../src/graph/task-graph.ts';

const task = (taskId: string, more: Partial<TaskMeta> = {}): TaskMeta => ({
  taskId,
  status: 'SUCCESS',
  result: null,
  traceback: null,
  children: [],
  dateDone: null,
  ...more,
});
const tuple = (id: string, parent: unknown = null, members: unknown = null) => [[id, parent], members];

async function graphOf(metas: readonly TaskMeta[], id: string, limit = 50): Promise<TaskGraph> {
  const byId = new Map(metas.map((meta) => [meta.taskId, meta]));
  const documents: Documents = {
    read: async (ids) =>
      new Map(ids.flatMap((each) => (byId.has(each) ? [[each, byId.get(each)!] as const] : []))),
    group: async () => undefined,
  };
  const gathered = await gather(documents, id, { depth: 20, limit });
  return taskGraph(gathered!);
}
const arrows = ({ edges }: TaskGraph): string[] => edges.map(({ from, to }) => `${from}>${to}`).sort();

suite('documents', () => {
  test('cycles end: a child of itself, two of each other, a parent of its parent', async () => {
    const own = task('a', { children: [tuple('a'), tuple('b')], parentId: 'b' });
    const graph = await graphOf([own, task('b', { children: [tuple('a')], parentId: 'a' })], 'a');
    assert.deepEqual(arrows(graph), ['a>b', 'b>a']);
    assert.deepEqual(arrows(await graphOf([task('a', { parentId: 'a', groupId: 'a' })], 'a')), []);
  });

  test('children of other shapes: ids alone, chains with their parents, and what is none', async () => {
    const children = ['bare', tuple('third', tuple('second', tuple('first'))), 7, [[8], null], null];
    const graph = await graphOf([task('a', { children })], 'a');
    assert.deepEqual(arrows(graph), ['a>bare', 'a>first', 'first>second', 'second>third']);
    assert.deepEqual(
      graph.nodes.map(({ state }) => state),
      ['SUCCESS', 'PENDING', 'PENDING', 'PENDING', 'PENDING'],
    );
  });

  test('a body with its header before it, as a child of what sent the chord', async () => {
    const header = tuple('g', null, [tuple('x'), tuple('y')]);
    const graph = await graphOf([task('a', { children: [tuple('body', header)] })], 'a');
    assert.deepEqual(arrows(graph), ['a>g', 'g>x', 'g>y', 'x>body', 'y>body']);
  });

  test('parts of a chord that is still running hang on what sent it', async () => {
    const children = [tuple('g', null, [tuple('x'), tuple('y')]), tuple('body')];
    const graph = await graphOf([task('a', { children }), task('x', { groupId: 'g', parentId: 'a' })], 'a');
    assert.deepEqual(arrows(graph), ['a>body', 'a>g', 'g>x', 'g>y']);
  });

  test('a member that another one added, and one whose parent has expired', async () => {
    const added = task('new', { groupId: 'g', parentId: 'x' });
    assert.deepEqual(arrows(await graphOf([added, task('x', { groupId: 'g' })], 'new')), [
      'g>new',
      'g>x',
      'x>new',
    ]);
    assert.deepEqual(arrows(await graphOf([task('x', { groupId: 'g', parentId: 'gone' })], 'x')), [
      'g>x',
      'gone>g',
    ]);
  });

  test('at any limit, no edge leads to what is not drawn', async () => {
    const members = Array.from({ length: 6 }, (_, n) => tuple(`m${n}`, tuple(`before${n}`)));
    const children = [tuple('g', null, members), tuple('body')];
    const metas = [task('a', { children, parentId: 'top' }), task('body', { parentId: 'm5' })];
    for (let limit = 1; limit <= 16; limit += 1) {
      const graph = await graphOf(metas, 'a', limit);
      const ids = new Set(graph.nodes.map(({ id }) => id));
      assert.equal(ids.size, Math.min(limit, 16), `limit ${limit}`);
      assert.equal(graph.left_out, 16 - ids.size, `limit ${limit}`);
      assert.ok(graph.edges.every(({ from, to }) => ids.has(from) && ids.has(to)));
    }
  });
});

suite('what others wrote ends no text that it stands in', () => {
  const draw = async (name: string, id = 'a') => picture(await graphOf([task(id, { name })], id));

  test('in the language of Graphviz', async () => {
    const labels: Record<string, string> = {
      'a"b': String.raw`a\"b`,
      'a\\': String.raw`a\\`,
      'a\\"]; evil [label="x': String.raw`a\\\"]; evil [label=\"x`,
      '\\N \\G \\l': String.raw`\\N \\G \\l`,
      '&lt;b&#34;': '&amp;lt;b&amp;#34;',
      'R&D': 'R&D',
      'one\ntwo\r\tthree': String.raw`one\\ntwo\\r\\tthree`,
      '\x1b[31mred\x07': String.raw`red\\x07`,
      '<table>': '<table>',
    };
    for (const [name, label] of Object.entries(labels)) {
      const dot = toDot(await draw(name));
      assert.ok(dot.includes(`label="${label}\\na\\nSUCCESS"`), `${JSON.stringify(name)}\n${dot}`);
    }
    assert.match(toDot(await draw('n', '"x" -> y\n')), /\n {2}"\\"x\\" -> y\\n" \[label=/);
  });

  test('in the language of Mermaid', async () => {
    const labels: Record<string, string> = {
      'clinic.crm.sync_doctor': 'clinic.crm.sync_doctor',
      'a"]b': 'a#34;#93;b',
      '`md`': '#96;md#96;',
      '#quot;': '#35;quot#59;',
      '%%{init: {"theme":"dark"}}%%':
        '#37;#37;#123;init#58; #123;#34;theme#34;#58;#34;dark#34;#125;#125;#37;#37;',
      'style x:#;': 'style x#58;#35;#59;',
      'fa:fa-ban': 'fa#58;fa-ban',
      $$x$$: '#36;#36;x#36;#36;',
      '1. one': '1#46; one',
      '- one': '#45; one',
      __init__: '#95;#95;init#95;#95;',
      'www.example.com': 'www#46;example.com',
      'celery@web1.example': 'celery#64;web1.example',
      '<script>&': '#60;script#62;#38;',
      'a\nb\u202e': 'a#92;nb#92;u202e',
      'приём.задача': 'приём.задача',
    };
    for (const [name, label] of Object.entries(labels)) {
      const mermaid = toMermaid(await draw(name));
      const [, node] = mermaid.split('\n');
      assert.equal(node, `  n0("${label}<br>a<br>SUCCESS")`, JSON.stringify(name));
    }
  });

  test('names as long as one likes are cut', async () => {
    const label = (await draw('x'.repeat(100_000), 'i'.repeat(1000))).nodes[0]!.label;
    assert.ok(label.split('\n').every((line) => line.length <= 48));
  });
});

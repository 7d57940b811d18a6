import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { toDot } from '../src/graph/dot.ts';
import { toMermaid } from '../src/graph/mermaid.ts';
import { STEPS } from '../src/graph/steps.ts';
import { emptyStore, fixture, lovage, startWorker } from './lovage.ts';

const source = (file: string): string =>
  readFileSync(new URL(`../../worker/src/${file}`, import.meta.url), 'utf8');

suite('lovage graph', { concurrency: 2 }, () => {
  test('workers: those that answer, what they consume, and the stores behind', async () => {
    const flags = ['-A', fixture('shop.ts'), '-b', emptyStore()];
    const worker = await startWorker([...flags, '-P', 'async', '-c', '7', '-n', 'w1@here', '-Q', 'mail,fax']);
    const dot = await lovage(['graph', 'workers', ...flags]);
    assert.deepEqual([dot.code, dot.stderr], [0, '']);
    const store = flags[3]!;
    for (const line of [
      `"broker" [label="${store}", shape=circle, fillcolor=cadetblue3];`,
      `"results" [label="${store}", shape=folder, fillcolor=peachpuff3];`,
      '"worker:w1@here" [label="w1@here\\n7 slots", shape=box, fillcolor=palegreen3];',
      '"queue:mail" [label="mail", shape=oval, fillcolor=lightyellow];',
      '"worker:w1@here" -> "queue:mail";',
      '"worker:w1@here" -> "queue:fax";',
      '"worker:w1@here" -> "results";',
      '"queue:fax" -> "broker";',
    ]) {
      assert.ok(dot.stdout.split('\n').includes(`  ${line}`), `${line} is missing in\n${dot.stdout}`);
    }
    const mermaid = await lovage(['graph', 'workers', '--mermaid', ...flags]);
    assert.match(mermaid.stdout, /^flowchart LR\n {2}n0\(\("sqlite#58;.*"\)\)\n/);
    assert.match(mermaid.stdout, /\n {2}n2\["w1#64;here<br>7 slots"\]\n/);
    const { nodes } = JSON.parse((await lovage(['graph', 'workers', '--json', ...flags])).stdout) as {
      nodes: unknown[];
    };
    assert.equal(nodes.length, 5);
    worker.process.kill('SIGTERM');
    await worker.ended;
  });

  test('workers: when none answers, the stores alone', async () => {
    const { code, stdout, stderr } = await lovage([
      'graph',
      'workers',
      '-t',
      '0.1',
      '-b',
      emptyStore(),
      '--result-backend',
      'disabled://',
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /"broker" \[/);
    assert.doesNotMatch(stdout, /"results"|worker:/);
    assert.match(stderr, /No worker has answered/);
  });

  test('bootsteps: the parts of a worker as they stand in its code', async () => {
    const { code, stdout } = await lovage(['graph', 'bootsteps', '--json']);
    assert.equal(code, 0);
    const { nodes, edges } = JSON.parse(stdout) as {
      nodes: { id: string }[];
      edges: { from: string; to: string }[];
    };
    assert.deepEqual(
      nodes.map(({ id }) => id),
      STEPS.map(({ name }) => name),
    );
    assert.ok(edges.some(({ from, to }) => from === 'intake' && to === 'executions'));

    const assembly = source('assemble.ts');
    const running = /interface Running \{([\s\S]*?)\n\}/.exec(assembly)![1]!;
    const parts = [...running.matchAll(/^ {2}readonly (\w+): /gm)];
    for (const [, part] of parts)
      assert.ok(
        STEPS.some(({ name }) => name === part),
        `${part} is missing`,
      );

    // What is made in `assemble`, and from what.
    const made = new Map<string, string>();
    for (const [text, name] of assembly.matchAll(/^ {2}const (\w+) =[\s\S]*?;\n(?= {2}\S)/gm))
      made.set(name!, text);
    const places = STEPS.flatMap(({ name }) => (made.has(name) ? [assembly.indexOf(`const ${name} =`)] : []));
    assert.ok(places.length >= 15);
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
      'another order than in the code',
    );
    // Where a part is given another under another name.
    const aliases: Readonly<Record<string, string>> = {
      'events broker': 'bus',
      'intake completer': 'settle',
    };
    for (const { name, needs } of STEPS) {
      for (const need of made.has(name) ? needs : []) {
        const pattern = new RegExp(`\\b${aliases[`${name} ${need}`] ?? need}\\b`);
        assert.match(
          made.get(name)!.replace(`const ${name}`, ''),
          pattern,
          `${name} is made without ${need}`,
        );
      }
    }
    const start = source('worker.ts');
    const order = [
      '#serveHealth()',
      'importModules()',
      '#connect()',
      'new TaskRunner',
      'openPool(',
      '#keepRevoked(',
      '.consume(',
      'assemble(',
      'panelOf(',
      'keepCompany(',
    ];
    const found = order.map((call) => start.indexOf(call, start.indexOf('async #start()')));
    assert.ok(
      found.every((at) => at > 0),
      String(found),
    );
    assert.deepEqual(
      found,
      found.toSorted((one, other) => one - other),
    );
  });

  test('names from elsewhere end no text that they stand in', () => {
    const graph = {
      name: 'x"y',
      nodes: [{ id: 'a"b\\', label: '<"&\n>', shape: 'queue' as const }],
      edges: [],
    };
    assert.match(toDot(graph), /^digraph "x\\"y" \{/);
    assert.match(toDot(graph), / {2}"a\\"b\\\\" \[label="<\\"&\\n>", shape=oval/);
    assert.match(toMermaid(graph), / {2}n0\(\["#60;#34;#38;<br>#62;"\]\)/);
  });
});

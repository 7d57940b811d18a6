import type { Graph, GraphEdge, GraphNode, Shape, Tint } from './graph.ts';
import { linesOf } from './graph.ts';

const SHAPES: Readonly<Record<Shape, string>> = {
  broker: 'shape=circle, fillcolor=cadetblue3',
  store: 'shape=folder, fillcolor=peachpuff3',
  queue: 'shape=oval, fillcolor=lightyellow',
  worker: 'shape=box, fillcolor=palegreen3',
  step: 'shape=box, fillcolor=palegreen3',
  optional: 'shape=box, fillcolor=palegreen1',
  task: 'shape=box, fillcolor=white',
  group: 'shape=hexagon, fillcolor=lavender',
  more: 'shape=plaintext, style=""',
};

const TINTS: Readonly<Record<Tint, string>> = {
  good: 'fillcolor=palegreen3',
  bad: 'fillcolor=lightcoral',
  busy: 'fillcolor=lightskyblue',
  again: 'fillcolor=orange',
  stopped: 'fillcolor=gray75',
  waiting: 'fillcolor=white, style="filled,dashed"',
};

/** In the language of Graphviz: `lovage graph workers | dot -Tsvg`. */
export function toDot({ name, nodes, edges }: Graph): string {
  return [
    `digraph ${quoted(name)} {`,
    '  rankdir=LR;',
    '  node [style=filled, fontname="Helvetica"];',
    ...nodes.map((node) => `  ${quoted(node.id)} [${attributes(node)}];`),
    ...edges.map((edge) => `  ${quoted(edge.from)} -> ${quoted(edge.to)}${dashes(edge)};`),
    '}',
  ].join('\n');
}

/** Where an attribute stands twice, the last one counts. */
function attributes({ label, shape, tint, chosen }: GraphNode): string {
  const parts = [`label=${quoted(label)}`, SHAPES[shape]];
  if (tint) parts.push(TINTS[tint]);
  if (chosen) parts.push('penwidth=3');
  return parts.join(', ');
}

const dashes = ({ dashed }: GraphEdge): string => (dashed ? ' [style=dashed]' : '');

/** Nothing in a text may end it, and nothing be read as `\N` or `&lt;`, which Graphviz would fill in. */
function quoted(text: string): string {
  const lines = linesOf(text).map((line) =>
    line
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      .replace(/&(?=#?\w+;)/g, '&amp;'),
  );
  return `"${lines.join('\\n')}"`;
}

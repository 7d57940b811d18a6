import type { Graph, GraphEdge, GraphNode, Shape, Tint } from './graph.ts';
import { linesOf } from './graph.ts';

const SHAPES: Readonly<Record<Shape, readonly [open: string, close: string]>> = {
  broker: ['((', '))'],
  store: ['[(', ')]'],
  queue: ['([', '])'],
  worker: ['[', ']'],
  step: ['[', ']'],
  optional: ['[', ']'],
  task: ['(', ')'],
  group: ['{{', '}}'],
  more: ['[', ']'],
};

/** With a colour for the text too: a page that is dark would write it in white. */
const CLASSES: Readonly<Record<Tint | 'chosen', string>> = {
  good: 'fill:#8fd694,stroke:#2e7d32,color:#000',
  bad: 'fill:#f29191,stroke:#b71c1c,color:#000',
  busy: 'fill:#90caf9,stroke:#1565c0,color:#000',
  again: 'fill:#ffcc80,stroke:#ef6c00,color:#000',
  stopped: 'fill:#cccccc,stroke:#666666,color:#000',
  waiting: 'fill:#ffffff,stroke:#666666,color:#000,stroke-dasharray:4',
  chosen: 'stroke-width:4px',
};

/** In the language of Mermaid, which Markdown shows in many places. */
export function toMermaid({ nodes, edges }: Graph): string {
  // Its ids may not have blanks, dots or words of its own.
  const ids = new Map(nodes.map(({ id }, at) => [id, `n${at}`]));
  const used = Object.entries(CLASSES).flatMap(([name, style]) => {
    const members = nodes.filter(({ tint, chosen }) => tint === name || (chosen && name === 'chosen'));
    if (members.length === 0) return [];
    return [
      `  classDef ${name} ${style}`,
      `  class ${members.map(({ id }) => ids.get(id)).join(',')} ${name}`,
    ];
  });
  return [
    'flowchart LR',
    ...nodes.map((node) => `  ${ids.get(node.id)}${box(node)}`),
    ...edges.map((edge) => `  ${ids.get(edge.from)} ${arrow(edge)} ${ids.get(edge.to)}`),
    ...used,
  ].join('\n');
}

function box({ label, shape }: GraphNode): string {
  const [open, close] = SHAPES[shape];
  // An empty text is no text to its grammar.
  return `${open}"${linesOf(label).map(escaped).join('<br>') || ' '}"${close}`;
}

const arrow = ({ dashed }: GraphEdge): string => (dashed ? '-.->' : '-->');

/** Between two letters or digits, as in a name; but not what Markdown would make a link of. */
const KEPT = String.raw`(?<=[\p{L}\p{N}])(?:[-_/]|(?<!www)\.)(?=[\p{L}\p{N}])`;
const SIGNS = new RegExp(`(${KEPT})|[^\\p{L}\\p{N}\\p{M} ]`, 'giu');

/**
 * Whatever is no letter, digit or part of a name becomes an entity: a text in quotes may still hold directives (`%%{`),
 * entities (`#lt;`), icons (`fa:`), formulas (`$$`) and, by version, Markdown.
 */
function escaped(line: string): string {
  return line.replace(SIGNS, (sign, kept: string | undefined) => kept ?? `#${sign.codePointAt(0)};`);
}

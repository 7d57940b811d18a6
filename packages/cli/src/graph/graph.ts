import { plainLine } from '../output/plain.ts';

/** What is drawn: a broker is round, a store a folder, and so on. */
export type Shape = 'broker' | 'store' | 'queue' | 'worker' | 'step' | 'optional' | 'task' | 'group' | 'more';

/** How a task is doing, over the colour of its shape. */
export type Tint = 'good' | 'bad' | 'busy' | 'again' | 'stopped' | 'waiting';

export interface GraphNode {
  readonly id: string;
  /** May have several lines. */
  readonly label: string;
  readonly shape: Shape;
  readonly tint?: Tint;
  /** The one that was asked for. */
  readonly chosen?: boolean;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly dashed?: boolean;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** The lines of a label. Names come from other machines: whatever could steer a terminal or end a line shows as an escape. */
export const linesOf = (label: string): readonly string[] =>
  label.split('\n').map((line) => plainLine(line).trim());

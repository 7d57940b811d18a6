import type { App } from '@lovage/app';
import { ask, type Replies } from '../control/ask.ts';
import type { RemoteOptions } from '../control/options.ts';
import { printJson } from '../output/texts.ts';
import { storeLabels } from '../store-labels.ts';
import { withApp } from '../with-app.ts';
import { toDot } from './dot.ts';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { toMermaid } from './mermaid.ts';
import { STEPS } from './steps.ts';

export interface GraphOptions extends RemoteOptions {
  readonly mermaid?: boolean;
}

/** The parts of a worker, each pointing to those that it needs. */
export function graphBootsteps(options: GraphOptions): void {
  const nodes = STEPS.map(
    ({ name, optional }): GraphNode => ({
      id: name,
      label: name,
      shape: optional ? 'optional' : 'step',
    }),
  );
  const edges = STEPS.flatMap(({ name, needs }) => needs.map((to): GraphEdge => ({ from: name, to })));
  show({ name: 'bootsteps', nodes, edges }, options);
}

/** The workers that answer, the queues that they consume, and the stores behind. */
export async function graphWorkers(options: GraphOptions): Promise<void> {
  await withApp(options, async (app) => {
    const stats = await ask(app, { method: 'stats', arguments: {} }, options);
    const queues = await ask(app, { method: 'active_queues', arguments: {} }, options);
    if (stats.size === 0) console.error('No worker has answered: this is the graph without any.');
    show(workersGraph(app, stats, queues), options);
  });
}

function workersGraph(app: App, stats: Replies, queues: Replies): Graph {
  const { transport, results } = storeLabels(app);
  const broker: GraphNode = { id: 'broker', label: transport, shape: 'broker' };
  const store: GraphNode = { id: 'results', label: results, shape: 'store' };
  const keepsResults = results !== 'disabled://';
  const consumed = new Set<string>();
  const nodes: GraphNode[] = [broker, ...(keepsResults ? [store] : [])];
  const edges: GraphEdge[] = [];
  for (const [name, answer] of [...stats].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const slots = slotsOf(answer);
    const worker = `worker:${name}`;
    nodes.push({
      id: worker,
      label: slots === undefined ? name : `${name}\n${slots} slots`,
      shape: 'worker',
    });
    for (const queue of namesOf(queues.get(name))) {
      consumed.add(queue);
      edges.push({ from: worker, to: `queue:${queue}` });
    }
    if (keepsResults) edges.push({ from: worker, to: store.id });
  }
  for (const queue of [...consumed].toSorted()) {
    nodes.push({ id: `queue:${queue}`, label: queue, shape: 'queue' });
    edges.push({ from: `queue:${queue}`, to: broker.id });
  }
  return { name: 'workers', nodes, edges };
}

/** Answers of other versions and languages are looked at with care. */
function slotsOf(answer: unknown): number | undefined {
  const pool = (answer as { readonly pool?: Readonly<Record<string, unknown>> } | null)?.pool;
  const slots = pool?.['max-concurrency'];
  return typeof slots === 'number' ? slots : undefined;
}

function namesOf(answer: unknown): string[] {
  if (!Array.isArray(answer)) return [];
  return answer
    .map((queue) => (queue as { readonly name?: unknown } | null)?.name)
    .filter((name) => typeof name === 'string');
}

function show(graph: Graph, { json, mermaid }: GraphOptions): void {
  if (json) printJson(graph);
  else console.log(mermaid ? toMermaid(graph) : toDot(graph));
}

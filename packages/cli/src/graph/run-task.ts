import { CommandError, EXIT } from '../exit.ts';
import type { Globals } from '../globals.ts';
import { counted, printJson } from '../output/texts.ts';
import { withApp } from '../with-app.ts';
import { documentsOf } from './documents.ts';
import { toDot } from './dot.ts';
import { gather } from './gather.ts';
import { toMermaid } from './mermaid.ts';
import { picture, taskGraph } from './task-graph.ts';

export interface GraphTaskOptions extends Globals {
  readonly depth: number;
  readonly limit: number;
  readonly mermaid?: boolean;
  readonly json?: boolean;
}

/** `lovage graph task`: the graph on stdout, and on stderr what it leaves out. Exit code 69 for an id that nothing is kept of. */
export async function graphTask(id: string, options: GraphTaskOptions): Promise<void> {
  const { depth, limit, json, mermaid } = options;
  await withApp(options, async (app) => {
    const { results } = await app.drivers();
    if (!results) throw new CommandError('This app keeps no results: its result backend is disabled.');
    const gathered = await gather(documentsOf(app), id, { depth, limit });
    if (!gathered) {
      throw new CommandError(
        `No store knows ${id}: it may wait, have expired, or never have been sent.`,
        EXIT.unavailable,
      );
    }
    const graph = taskGraph(gathered);
    if (json) printJson(graph);
    else console.log(mermaid ? toMermaid(picture(graph)) : toDot(picture(graph)));
    if (graph.left_out > 0) {
      const drawn = `${graph.nodes.length} are drawn with --limit ${limit} and --depth ${depth}`;
      console.error(`Left out: ${counted(graph.left_out, 'result')}, and what came of them. Only ${drawn}.`);
    }
  });
}

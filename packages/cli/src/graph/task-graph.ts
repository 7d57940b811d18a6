import type { ErrorInfo, TaskMeta } from '@lovage/protocol';
import { errorRepr } from '@lovage/protocol';
import { cut } from '../output/fit.ts';
import { counted } from '../output/texts.ts';
import type { TaskEdge } from './connect.ts';
import { connect } from './connect.ts';
import type { Gathered } from './gather.ts';
import type { Graph, GraphNode, Tint } from './graph.ts';

export interface TaskNode {
  readonly id: string;
  readonly kind: 'task' | 'group';
  /** Where results are kept with their tasks' names. */
  readonly name?: string;
  /** PENDING where nothing is kept of the task. */
  readonly state?: string;
  readonly error?: string;
  /** How many a group has, where that is known. */
  readonly members?: number;
  /** Tasks and groups that hang on this one and are not drawn. */
  readonly left_out?: number;
}

/** A task, what came before it and what came of it: what `--json` prints. */
export interface TaskGraph {
  readonly task_id: string;
  readonly nodes: readonly TaskNode[];
  readonly edges: readonly TaskEdge[];
  /** How many are known and not drawn. More may have come of those. */
  readonly left_out: number;
}

export function taskGraph(gathered: Gathered): TaskGraph {
  const { start, drawn, metas, groups, leftOut } = gathered;
  const nodes = [...drawn].map((id): TaskNode => {
    const here = leftOut.get(id)?.size;
    const group = groups.get(id);
    const members = group?.tuple?.[1]?.length;
    return {
      id,
      ...(group
        ? { kind: 'group', ...(members === undefined ? {} : { members }) }
        : { kind: 'task', ...taskFields(metas.get(id)) }),
      ...(here === undefined ? {} : { left_out: here }),
    };
  });
  const all = new Set([...leftOut.values()].flatMap((ids) => [...ids]));
  return { task_id: start, nodes, edges: connect(gathered), left_out: all.size };
}

function taskFields(meta: TaskMeta | undefined): Pick<TaskNode, 'name' | 'state' | 'error'> {
  if (!meta) return { state: 'PENDING' };
  const { name, status: state, result } = meta;
  const failed = state === 'FAILURE' || state === 'RETRY' || state === 'REVOKED';
  return {
    ...(name === undefined ? {} : { name }),
    state,
    ...(failed && result !== null ? { error: errorRepr(result as ErrorInfo) } : {}),
  };
}

const TINTS: Readonly<Record<string, Tint>> = {
  SUCCESS: 'good',
  FAILURE: 'bad',
  RETRY: 'again',
  REVOKED: 'stopped',
  PENDING: 'waiting',
};

/** The longest line of a label. */
const WIDTH = 48;

/** As it is drawn: names, short ids and states, coloured; and a note at each place where something is left out. */
export function picture({ task_id: start, nodes, edges }: TaskGraph): Graph {
  const notes = nodes.filter(({ left_out: count }) => count !== undefined);
  return {
    name: `task ${start}`,
    nodes: [...nodes.map((node) => drawnNode(node, start)), ...notes.map(note)],
    edges: [
      ...edges.map(({ from, to, kind }) => ({ from, to, dashed: kind === 'member' })),
      ...notes.map(({ id }) => ({ from: id, to: noteId(id), dashed: true })),
    ],
  };
}

function drawnNode({ id, kind, name, state = '', error, members }: TaskNode, start: string): GraphNode {
  const chosen = id === start ? { chosen: true } : {};
  if (kind === 'group') {
    const label = [`group ${shortId(id)}`, ...(members === undefined ? [] : [counted(members, 'member')])];
    return { id, label: label.join('\n'), shape: 'group', ...chosen };
  }
  const lines = [...(name === undefined ? [] : [name]), shortId(id), state, ...(error ? [error] : [])];
  return { id, label: lines.map(line).join('\n'), shape: 'task', tint: TINTS[state] ?? 'busy', ...chosen };
}

function note({ id, left_out: count }: TaskNode): GraphNode {
  return { id: noteId(id), label: `${count} more`, shape: 'more' };
}

const noteId = (id: string): string => `more:${id}`;

/** A label's own line ends are for its lines. */
const line = (text: string): string => cut(text.replaceAll('\n', '\\n'), WIDTH);

/** The first part of a UUID tells it from the others in a picture; an id that somebody chose is shown as it is. */
const shortId = (id: string): string =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.slice(0, 8) : cut(id, WIDTH);

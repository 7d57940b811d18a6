import type { App } from '@lovage/app';
import { paint } from '../output/paint.ts';
import { type Column, table } from '../output/table.ts';
import { counted, printJson } from '../output/texts.ts';
import { isRecord, recordsOf } from '../records.ts';
import { withApp } from '../with-app.ts';
import { type Answer, readAnswer } from './answer.ts';
import { ask, type Replies, requireReplies } from './ask.ts';
import type { RemoteOptions } from './options.ts';
import { masked, textLine } from './plain-value.ts';
import { poolName } from './pool-name.ts';

/** What is known of a node. Undefined is what it has not said, or not in time. */
export interface NodeStatus {
  readonly node: string;
  readonly ping: unknown;
  readonly pool: string | undefined;
  readonly concurrency: number | undefined;
  readonly active: number | undefined;
  /** Tasks received since it started. */
  readonly processed: number | undefined;
  readonly queues: readonly string[] | undefined;
}

/** `lovage status`: who is online, with what is cheap to know. */
export async function runStatus(options: RemoteOptions): Promise<void> {
  await withApp(options, async (app) => {
    const nodes = await statusOf(app, options);
    if (options.json) {
      printJson(Object.fromEntries(nodes.map(jsonOf)));
      return;
    }
    console.log(statusTable(nodes));
    if (!options.quiet) console.log(`\n${counted(nodes.length, 'node')} online.`);
  });
}

async function statusOf(app: App, options: RemoteOptions): Promise<readonly NodeStatus[]> {
  const get = (method: string, args = {}): Promise<Replies> => ask(app, { method, arguments: args }, options);
  const [pings, stats, active, queues] = await Promise.all([
    get('ping'),
    get('stats'),
    get('active', { safe: true }),
    get('active_queues'),
  ]);
  requireReplies(pings, options);
  return [...pings]
    .map(([node, ping]) => nodeStatus(node, ping, stats.get(node), active.get(node), queues.get(node)))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** What the answers of one node say, whatever their shapes. */
export function nodeStatus(
  node: string,
  ping: unknown,
  stats: unknown,
  active: unknown,
  queues: unknown,
): NodeStatus {
  const { pool, total } = isRecord(stats) ? stats : {};
  const concurrency = isRecord(pool) ? pool['max-concurrency'] : undefined;
  return {
    node,
    ping,
    pool: poolName(pool),
    concurrency: typeof concurrency === 'number' ? concurrency : undefined,
    active: recordsOf(active)?.length,
    processed: isRecord(total) ? sum(Object.values(total)) : undefined,
    queues: recordsOf(queues)?.map((queue) => String(queue['name'])),
  };
}

const sum = (counts: readonly unknown[]): number =>
  counts.reduce<number>((total, count) => total + (typeof count === 'number' ? count : 0), 0);

/** Celery's answer to `status --json`, and beside it what we know more. */
function jsonOf({ node, ping, ...rest }: NodeStatus): readonly [string, unknown] {
  const answer = isRecord(ping) ? ping : { ok: ping };
  return [node, masked({ ...answer, ...rest })];
}

const COLUMNS: readonly Column[] = [
  { title: 'Node' },
  { title: 'State' },
  { title: 'Pool' },
  { title: 'Concurrency', align: 'right' },
  { title: 'Active', align: 'right' },
  { title: 'Processed', align: 'right' },
  { title: 'Queues' },
];

export function statusTable(nodes: readonly NodeStatus[]): string {
  const rows = nodes.map(({ node, ping, pool, concurrency, active, processed, queues }) => [
    paint('cyan', textLine(node)),
    state(readAnswer(ping)),
    ...[pool, concurrency, active, processed, queues?.join(', ')].map((fact) => textLine(fact ?? '–')),
  ]);
  return table(COLUMNS, rows);
}

function state({ kind }: Answer): string {
  return kind === 'error' ? paint('red', 'ERROR') : paint('green', 'OK');
}

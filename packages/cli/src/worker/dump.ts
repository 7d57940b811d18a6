import { performance } from 'node:perf_hooks';
import type { ControlPanel, HeldTask, Worker } from '@lovage/worker';
import { clip } from '../output/table.ts';
import { counted } from '../output/texts.ts';

/** Of tasks that run or wait, so many are shown. */
const MOST = 100;

/**
 * What a worker is at, for the log, when somebody sends USR1: the tasks it runs, how busy it is, and what it holds open.
 * It asks nobody but itself, so that it answers when the broker does not.
 */
export function stateDump(worker: Worker): string {
  const { plan, panel } = worker;
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const busy = performance.eventLoopUtilization().utilization;
  return [
    `${plan.hostname}: what goes on (USR1)`,
    `pid ${process.pid}, up ${Math.round(process.uptime())} s, Node ${process.version}`,
    `memory: ${mebibytes(rss)} resident, ${mebibytes(heapUsed)} of ${mebibytes(heapTotal)} heap used`,
    `event loop: busy ${Math.round(busy * 100)} % of the time`,
    `open: ${byKind(process.getActiveResourcesInfo())}`,
    ...(panel ? ofTasks(panel) : ['it is starting: it has no broker or no pool yet']),
  ].join('\n');
}

function ofTasks({ active, reserved, pool, totals }: ControlPanel): string[] {
  const running = active();
  const waiting = reserved();
  const begun = [...totals].map(([name, count]) => `${name} ${count}`);
  return [
    `pool: ${pool.kind}, ${pool.busy} of ${pool.size} busy, pids ${pool.pids.join(', ')}`,
    `begun: ${begun.join(', ') || 'none'}`,
    `running: ${counted(running.length, 'task')}`,
    ...running.slice(0, MOST).map(line),
    `waiting: ${counted(waiting.length, 'task')}`,
    ...waiting.slice(0, MOST).map(line),
  ];
}

function line({ headers, startedMs, pid }: HeldTask): string {
  const { task, id, argsrepr, kwargsrepr } = headers;
  const since = startedMs === undefined ? '' : ` for ${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  const where = pid === undefined ? '' : ` in ${pid}`;
  return `  ${task}[${id}]${since}${where} ${clip(`${argsrepr ?? ''} ${kwargsrepr ?? ''}`, 80)}`.trimEnd();
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function byKind(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing';
}

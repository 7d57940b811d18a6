import { valueLines } from '../control/plain-value.ts';
import type { ShowValue } from '../control/show-answer.ts';
import { recordsOf } from '../records.ts';
import { cell, tableLines } from './cells.ts';
import { showConf, showStats } from './show-stats.ts';
import { showActive, showQueriedTasks, showReserved, showScheduled } from './show-tasks.ts';

/** `inspect active_queues`. */
const showQueues: ShowValue = (value) => {
  const queues = recordsOf(value);
  if (!queues) return valueLines(value);
  return tableLines(
    [{ title: 'Queue' }, { title: 'Exchange' }, { title: 'Type' }, { title: 'Routing key' }],
    queues.map((queue) => {
      const [exchange = {}] = recordsOf([queue['exchange']]) ?? [];
      return [
        cell(queue['name']),
        cell(exchange['name']),
        cell(exchange['type']),
        cell(queue['routing_key']),
      ];
    }),
  );
};

const SHOWS: Readonly<Record<string, ShowValue>> = {
  active: showActive,
  active_queues: showQueues,
  clock: showConf,
  conf: showConf,
  objgraph: showConf,
  query_task: showQueriedTasks,
  reserved: showReserved,
  scheduled: showScheduled,
  stats: showStats,
};

/** How the answers to an inspect command are shown. */
export function showOf(command: string): ShowValue {
  return SHOWS[command] ?? valueLines;
}

import { drain } from '../measure/drain.ts';
import { latency } from '../measure/latency.ts';
import { publish } from '../measure/publish.ts';
import type { Contender, Row } from '../row.ts';
import { bullmq } from '../systems/bullmq.ts';
import { graphile } from '../systems/graphile.ts';
import { lovage } from '../systems/lovage.ts';
import { pgBoss } from '../systems/pg-boss.ts';
import type { System } from '../systems/system.ts';
import type { Scale } from './scale.ts';

/** Every commit waits for the disk. */
export function postgresRows(scale: Scale): readonly Row[] {
  const tasks = scale(50_000);
  /** For who commits each by itself: the pace does not depend on the number, and a run should end within minutes. */
  const few = scale(10_000);
  const messages = scale(500);

  const ours = lovage({ store: 'postgres', pool: 'async', concurrency: 100 });
  const tuned = graphile({ concurrency: 100, tuned: true });
  const plain = graphile({ concurrency: 100, tuned: false });
  const boss = pgBoss({ batch: 100, results: 'each' });
  const bull = bullmq(100, 'postgres');
  const paced = `${messages} messages, 20 ms apart`;

  return [
    {
      id: 'postgres-drain',
      title: 'PostgreSQL: drain with durable commits, one async worker process',
      unit: '/s',
      better: 'more',
      contenders: [
        {
          name: 'Lovage',
          note: `async, c=100, as it comes; ${tasks} tasks`,
          measure: () => drain(ours, tasks),
        },
        {
          name: 'graphile-worker',
          note: `c=100, local queue of 500, completions in batches; keeps no results; ${tasks} jobs`,
          measure: () => drain(tuned, tasks),
        },
        {
          name: 'graphile-worker, as it comes',
          note: `c=100; keeps no results; ${few} jobs`,
          measure: () => drain(plain, few),
        },
        {
          name: 'pg-boss',
          note: `batches of 100, a result each; ${tasks} jobs`,
          measure: () => drain(boss, tasks),
        },
        {
          name: 'pg-boss, 1,000 as one',
          note: `batches of 1,000 that succeed or fail as one; keeps no results; ${tasks} jobs`,
          measure: () => drain(pgBoss({ batch: 1000, results: 'none' }), tasks),
        },
        {
          name: 'BullMQ',
          note: `its PostgreSQL backend, c=100; ${few} jobs`,
          measure: () => drain(bull, few),
        },
      ],
      targets: [{ figure: 'rate', times: 1.5, of: 'graphile-worker' }],
    },
    {
      id: 'postgres-publish-one',
      title: 'PostgreSQL: publish one by one with durable commits, 100 in flight',
      unit: '/s',
      better: 'more',
      contenders: [
        {
          name: 'Lovage',
          note: `calls in flight share commits; ${tasks} calls`,
          measure: () => publish(ours, { how: 'one', count: tasks }),
        },
        one('pg-boss', 'send', boss),
        one('graphile-worker', 'addJob', tuned),
        one('BullMQ', 'its PostgreSQL backend, add', bull),
      ],
      targets: [{ figure: 'rate', times: 4, of: 'pg-boss' }],
    },
    {
      id: 'postgres-publish-bulk',
      title: 'PostgreSQL: publish in bulk with durable commits, 1,000 a call',
      unit: '/s',
      better: 'more',
      contenders: [
        bulk('Lovage', 'app.bulk', ours),
        bulk('graphile-worker', 'addJobs', tuned),
        bulk('pg-boss', 'insert', boss),
        bulk('BullMQ', 'its PostgreSQL backend, addBulk', bull),
      ],
      targets: [{ figure: 'rate', times: 1, of: 'graphile-worker' }],
    },
    {
      id: 'postgres-latency',
      title: 'PostgreSQL: latency from call to task start, idle async worker',
      unit: 'ms',
      better: 'less',
      contenders: [
        { name: 'Lovage', note: paced, measure: () => latency(ours, messages) },
        { name: 'graphile-worker', note: `as it comes; ${paced}`, measure: () => latency(plain, messages) },
        { name: 'pg-boss', note: `with NOTIFY; ${paced}`, measure: () => latency(boss, messages) },
        { name: 'BullMQ', note: `its PostgreSQL backend; ${paced}`, measure: () => latency(bull, messages) },
      ],
      targets: [
        { figure: 'p50', atMost: 2 },
        { figure: 'p99', atMost: 6 },
      ],
    },
  ];

  function one(name: string, call: string, system: System): Contender {
    return {
      name,
      note: `${call}; ${few} calls`,
      measure: () => publish(system, { how: 'one', count: few }),
    };
  }

  function bulk(name: string, call: string, system: System): Contender {
    return {
      name,
      note: `${call}; ${tasks} messages`,
      measure: () => publish(system, { how: 'bulk', count: tasks }),
    };
  }
}

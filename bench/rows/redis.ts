import { drain } from '../measure/drain.ts';
import { park } from '../measure/eta-memory.ts';
import { latency } from '../measure/latency.ts';
import { publish } from '../measure/publish.ts';
import type { Row } from '../row.ts';
import { bullmq } from '../systems/bullmq.ts';
import { celery } from '../systems/celery.ts';
import { celeryNode } from '../systems/celery-node.ts';
import { lovage } from '../systems/lovage.ts';
import type { System } from '../systems/system.ts';
import type { Scale } from './scale.ts';

export function redisRows(scale: Scale): readonly Row[] {
  const tasks = scale(50_000);
  /** A tenth for Celery: its pace does not depend on the number, and a run should end within minutes. */
  const few = scale(5_000);
  /** At its stall of about 50 tasks a second. */
  const fewest = scale(500);

  const ours = lovage({ store: 'redis', pool: 'async', concurrency: 100 });
  const prefork = (multiplier: number) =>
    lovage({ store: 'redis', pool: 'prefork', concurrency: 2, multiplier });
  const python = celery({ pool: 'threads', concurrency: 100 });
  const pythonPrefork = (multiplier: number) => celery({ pool: 'prefork', concurrency: 2, multiplier });
  const pythonToOurs: System = { ...ours, producer: python.producer };

  return [
    {
      id: 'redis-drain-async',
      title: 'Redis: drain, one async worker process, 100 tasks at a time',
      unit: '/s',
      better: 'more',
      contenders: [
        { name: 'Lovage', note: `async, c=100, ${tasks} tasks`, measure: () => drain(ours, tasks) },
        { name: 'BullMQ', note: `c=100, ${tasks} jobs`, measure: () => drain(bullmq(100), tasks) },
        {
          name: 'celery.node',
          note: `early acks, has no late ones; ${tasks} tasks`,
          measure: () => drain(celeryNode(), tasks),
        },
        {
          name: 'Celery',
          note: `threads, c=100, ${few} tasks`,
          needs: 'celery',
          measure: () => drain(python, few),
        },
      ],
      targets: [
        { figure: 'rate', times: 1.5, of: 'BullMQ' },
        { figure: 'rate', times: 20, of: 'Celery' },
      ],
    },
    {
      id: 'redis-drain-prefork',
      title: 'Redis: drain, prefork with 2 children, late acks, prefetch x4',
      unit: '/s',
      better: 'more',
      contenders: [
        { name: 'Lovage', note: `${tasks} tasks`, measure: () => drain(prefork(4), tasks) },
        {
          name: 'Celery',
          note: `${few} tasks`,
          needs: 'celery',
          measure: () => drain(pythonPrefork(4), few),
        },
      ],
      targets: [{ figure: 'rate', times: 6, of: 'Celery' }],
    },
    {
      id: 'redis-drain-prefetch-1',
      title: 'Redis: drain, prefork with 2 children, late acks, prefetch x1',
      unit: '/s',
      better: 'more',
      contenders: [
        { name: 'Lovage', note: `${tasks} tasks`, measure: () => drain(prefork(1), tasks) },
        { name: 'Lovage, prefetch x4', note: `${tasks} tasks`, measure: () => drain(prefork(4), tasks) },
        {
          name: 'Celery',
          note: `${fewest} tasks`,
          needs: 'celery',
          measure: () => drain(pythonPrefork(1), fewest),
        },
      ],
      targets: [{ figure: 'rate', times: 0.5, of: 'Lovage, prefetch x4' }],
    },
    {
      id: 'redis-publish-one',
      title: 'Redis: publish one by one, 100 in flight',
      unit: '/s',
      better: 'more',
      contenders: [
        {
          name: 'Lovage',
          note: `${tasks} calls`,
          measure: () => publish(ours, { how: 'one', count: tasks }),
        },
        {
          name: 'BullMQ',
          note: `${tasks} calls`,
          measure: () => publish(bullmq(100), { how: 'one', count: tasks }),
        },
        {
          name: 'celery.node',
          note: `${tasks} calls`,
          measure: () => publish(celeryNode(), { how: 'one', count: tasks }),
        },
        {
          name: 'Celery',
          note: `its client blocks, so one in flight; ${few} calls`,
          needs: 'celery',
          measure: () => publish(python, { how: 'one', count: few }),
        },
      ],
      targets: [{ figure: 'rate', times: 1.2, of: 'BullMQ' }],
    },
    {
      id: 'redis-publish-bulk',
      title: 'Redis: publish in bulk, 1,000 a call',
      unit: '/s',
      better: 'more',
      contenders: [
        {
          name: 'Lovage',
          note: `app.bulk, ${tasks} tasks`,
          measure: () => publish(ours, { how: 'bulk', count: tasks }),
        },
        {
          name: 'BullMQ',
          note: `addBulk, ${tasks} jobs`,
          measure: () => publish(bullmq(100), { how: 'bulk', count: tasks }),
        },
        {
          name: 'Celery',
          note: `group, ${few} tasks`,
          needs: 'celery',
          measure: () => publish(python, { how: 'bulk', count: few }),
        },
      ],
      targets: [{ figure: 'rate', times: 3, of: 'BullMQ' }],
    },
    latencyRow(scale, ours, python, pythonToOurs),
    etaRow(scale, python),
  ];
}

function latencyRow(scale: Scale, ours: System, python: System, pythonToOurs: System): Row {
  const count = scale(500);
  const note = `${count} messages, 20 ms apart`;
  return {
    id: 'redis-latency',
    title: 'Redis: latency from call to task start, idle async worker',
    unit: 'ms',
    better: 'less',
    contenders: [
      { name: 'Lovage', note, measure: () => latency(ours, count) },
      {
        name: 'Lovage, Python calls',
        note: `Celery's client, our worker; ${note}`,
        needs: 'celery',
        measure: () => latency(pythonToOurs, count),
      },
      { name: 'celery.node', note, measure: () => latency(celeryNode(), count) },
      { name: 'BullMQ', note, measure: () => latency(bullmq(100), count) },
      { name: 'Celery', note: `threads, ${note}`, needs: 'celery', measure: () => latency(python, count) },
    ],
    targets: [
      { figure: 'p50', atMost: 0.7 },
      { figure: 'p99', atMost: 3 },
      { figure: 'p50', atMost: 0.7, by: 'Lovage, Python calls' },
      { figure: 'p99', atMost: 3, by: 'Lovage, Python calls' },
    ],
  };
}

function etaRow(scale: Scale, python: System): Row {
  const ours = lovage({ store: 'redis', pool: 'async', concurrency: 100, form: 'built' });
  const pythonToOurs: System = { ...ours, producer: python.producer };
  const many = scale(200_000);
  const few = scale(20_000);
  /** By what `count` more add, in a worker of their own each: what any flood makes a heap grow by is in both. */
  const each = async (system: System, count: number) => {
    const grown = async (parked: number) => {
      const { before, after } = await park(system, parked);
      return after - before;
    };
    const some = await grown(count);
    const twice = await grown(2 * count);
    // Resident memory is no finer than a few bytes for each.
    return { growth: Math.max(1, (twice - some) / count), whole: twice / (2 * count) };
  };
  return {
    id: 'redis-eta-memory',
    title: 'Redis: worker memory for each parked ETA task',
    built: true,
    unit: 'bytes',
    better: 'less',
    contenders: [
      {
        name: 'Lovage',
        note: `resident, built; ${many} and ${2 * many} tasks due in an hour`,
        measure: () => each(ours, many),
      },
      {
        name: 'Lovage, Python calls',
        note: `all pass through the worker, whose fresh heap still warms up; ${few} and ${2 * few} tasks`,
        needs: 'celery',
        measure: () => each(pythonToOurs, few),
      },
      {
        name: 'Celery',
        note: `threads, ${few} and ${2 * few} tasks`,
        needs: 'celery',
        measure: () => each(python, few),
      },
    ],
    targets: [{ figure: 'growth', atMost: 50 }],
  };
}

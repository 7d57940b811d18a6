import { drain } from '../measure/drain.ts';
import { idleCpu } from '../measure/footprint.ts';
import { latency } from '../measure/latency.ts';
import { publish } from '../measure/publish.ts';
import type { Row } from '../row.ts';
import { lovage } from '../systems/lovage.ts';
import { plainjob } from '../systems/plainjob.ts';
import type { Scale } from './scale.ts';

export function sqliteRows(scale: Scale): readonly Row[] {
  const tasks = scale(50_000);
  const messages = scale(500);
  const ours = lovage({ store: 'sqlite', pool: 'async', concurrency: 100 });
  const peer = plainjob();
  const paced = `${messages} messages, 20 ms apart`;

  return [
    {
      id: 'sqlite-drain',
      title: 'SQLite: drain, one async worker process',
      unit: '/s',
      better: 'more',
      contenders: [
        { name: 'Lovage', note: `async, c=100, ${tasks} tasks`, measure: () => drain(ours, tasks) },
        {
          name: 'plainjob',
          note: `keeps no results, one at a time; ${tasks} jobs`,
          measure: () => drain(peer, tasks),
        },
      ],
      targets: [{ figure: 'rate', times: 2.5, of: 'plainjob' }],
    },
    {
      id: 'sqlite-publish-one',
      title: 'SQLite: publish one by one',
      unit: '/s',
      better: 'more',
      contenders: [
        {
          name: 'Lovage',
          note: `each call awaited before the next; ${tasks} calls`,
          measure: () => publish(ours, { how: 'one', count: tasks, width: 1 }),
        },
        {
          name: 'Lovage, 100 in flight',
          note: `${tasks} calls`,
          measure: () => publish(ours, { how: 'one', count: tasks }),
        },
        {
          name: 'plainjob',
          note: `rows of 60 bytes; ${tasks} calls`,
          measure: () => publish(peer, { how: 'one', count: tasks, width: 1 }),
        },
      ],
      targets: [{ figure: 'rate', times: 0.8, of: 'plainjob' }],
    },
    {
      id: 'sqlite-publish-bulk',
      title: 'SQLite: publish in bulk, 1,000 a call',
      unit: '/s',
      better: 'more',
      contenders: [
        {
          name: 'Lovage',
          note: `app.bulk, ${tasks} tasks`,
          measure: () => publish(ours, { how: 'bulk', count: tasks }),
        },
        {
          name: 'plainjob',
          note: `addMany, rows of 60 bytes; ${tasks} jobs`,
          measure: () => publish(peer, { how: 'bulk', count: tasks }),
        },
      ],
      targets: [{ figure: 'rate', times: 0.4, of: 'plainjob' }],
    },
    {
      id: 'sqlite-latency',
      title: 'SQLite: latency from call to task start across processes, idle async worker',
      unit: 'ms',
      better: 'less',
      contenders: [
        { name: 'Lovage', note: paced, measure: () => latency(ours, messages) },
        { name: 'plainjob', note: `looks every 10 ms; ${paced}`, measure: () => latency(peer, messages) },
      ],
      targets: [
        { figure: 'p50', atMost: 3 },
        { figure: 'p99', atMost: 10 },
      ],
    },
    {
      id: 'sqlite-idle-cpu',
      title: 'SQLite: share of one core taken by an idle async worker',
      unit: '%',
      better: 'less',
      contenders: [
        { name: 'Lovage', note: 'over 10 s', measure: () => idleCpu(ours, 10) },
        { name: 'plainjob', note: 'looks every 10 ms; over 10 s', measure: () => idleCpu(peer, 10) },
      ],
      targets: [{ figure: 'cpu', atMost: 1 }],
    },
  ];
}

import { idleMemory, runTime, startUp } from '../measure/footprint.ts';
import type { Row } from '../row.ts';
import { bullmq } from '../systems/bullmq.ts';
import { celery } from '../systems/celery.ts';
import { commandLine, lovage } from '../systems/lovage.ts';

/** What a worker costs before it has done anything; on Redis. */
export function footprintRows(): readonly Row[] {
  const form = 'built';
  const async = lovage({ store: 'redis', pool: 'async', concurrency: 100, form });
  const prefork = lovage({ store: 'redis', pool: 'prefork', concurrency: 2, form });
  const python = celery({ pool: 'prefork', concurrency: 2 });
  const note = `proportional, ${form}`;

  return [
    {
      id: 'memory-async',
      title: 'Memory of an idle worker, async',
      unit: 'MB',
      better: 'less',
      built: true,
      contenders: [
        { name: 'Lovage', note, measure: () => idleMemory(async) },
        { name: 'BullMQ', note: 'proportional', measure: () => idleMemory(bullmq(100)) },
      ],
      targets: [{ figure: 'memory', atMost: 75 }],
    },
    {
      id: 'memory-prefork',
      title: 'Memory of an idle worker, prefork with 2 children, all processes',
      unit: 'MB',
      better: 'less',
      built: true,
      contenders: [
        { name: 'Lovage', note, measure: () => idleMemory(prefork) },
        { name: 'Celery', note: 'proportional', needs: 'celery', measure: () => idleMemory(python) },
      ],
      targets: [{ figure: 'memory', atMost: 150 }],
    },
    {
      id: 'help',
      title: 'Time of `lovage --help`',
      unit: 'ms',
      better: 'less',
      built: true,
      contenders: [
        {
          name: 'Lovage',
          note: `${form}, ten runs`,
          measure: () => runTime(() => commandLine(['--help'], form)),
        },
        {
          name: 'node -e 0',
          note: 'Node starting and ending, ten runs',
          measure: () => runTime(() => ({ file: process.execPath, args: ['-e', '0'] })),
        },
      ],
      targets: [{ figure: 'time', atMost: 150 }],
    },
    {
      id: 'ready-async',
      title: 'Time until a worker is ready, async',
      unit: 's',
      better: 'less',
      built: true,
      contenders: [
        { name: 'Lovage', note: form, measure: () => startUp(async) },
        { name: 'BullMQ', note: '', measure: () => startUp(bullmq(100)) },
      ],
      targets: [{ figure: 'time', atMost: 0.8 }],
    },
    {
      id: 'ready-prefork',
      title: 'Time until a worker is ready, prefork with 2 children',
      unit: 's',
      better: 'less',
      built: true,
      contenders: [
        { name: 'Lovage', note: form, measure: () => startUp(prefork) },
        { name: 'Celery', note: 'its defaults, mingle too', needs: 'celery', measure: () => startUp(python) },
      ],
      targets: [{ figure: 'time', atMost: 1.2 }],
    },
  ];
}

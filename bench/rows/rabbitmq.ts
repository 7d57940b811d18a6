import { drain } from '../measure/drain.ts';
import { publish } from '../measure/publish.ts';
import type { Row } from '../row.ts';
import { celeryOnRabbitmq, lovageOnRabbitmq, rawLoop } from '../systems/rabbitmq.ts';
import type { Scale } from './scale.ts';

export function rabbitmqRows(scale: Scale): readonly Row[] {
  const tasks = scale(50_000);
  /** A tenth for Celery, whose pace does not depend on the number. */
  const few = scale(5_000);
  const ours = lovageOnRabbitmq();
  const raw = rawLoop();
  const python = celeryOnRabbitmq('prefork', 2);

  return [
    {
      id: 'rabbitmq-drain',
      title: 'RabbitMQ: drain, results in Redis',
      unit: '/s',
      better: 'more',
      contenders: [
        { name: 'Lovage', note: `async, c=100, ${tasks} tasks`, measure: () => drain(ours, tasks) },
        {
          name: 'amqplib, raw',
          note: `consumes and acknowledges, prefetch 100, runs and stores nothing; ${tasks} messages`,
          measure: () => drain(raw, tasks),
        },
        {
          name: 'Celery',
          note: `prefork, 2 children, ${few} tasks`,
          needs: 'celery',
          measure: () => drain(python, few),
        },
      ],
      targets: [{ figure: 'rate', times: 0.7, of: 'amqplib, raw' }],
    },
    {
      id: 'rabbitmq-publish-one',
      title: 'RabbitMQ: publish one by one with confirms, 100 in flight',
      unit: '/s',
      better: 'more',
      contenders: [
        {
          name: 'Lovage',
          note: `${tasks} calls`,
          measure: () => publish(ours, { how: 'one', count: tasks }),
        },
        {
          name: 'amqplib, raw',
          note: `${tasks} messages`,
          measure: () => publish(raw, { how: 'one', count: tasks }),
        },
        {
          name: 'Celery',
          note: `its client blocks, so one in flight; ${few} calls`,
          needs: 'celery',
          measure: () => publish(python, { how: 'one', count: few }),
        },
      ],
      targets: [{ figure: 'rate', times: 0.7, of: 'amqplib, raw' }],
    },
  ];
}

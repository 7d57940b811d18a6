import { after, describe } from 'node:test';
import { brokerConformance, busConformance, resultConformance } from '@lovage/contracts/conformance';
import { requireService } from '../../../tools/services.ts';
import { freshWorld, stopSharedServer } from './worlds.ts';

describe('amqp', { skip: requireService('rabbitmq') }, () => {
  after(stopSharedServer);

  const atTheEnd = 'before 4.0 a quorum queue without a limit of deliveries puts what comes back at its end';
  for (const [name, transport, skip] of [
    ['amqp', {}, {}],
    ['amqp with priorities', { queue_max_priority: 10 }, {}],
    [
      'amqp with quorum queues',
      { queue_type: 'quorum', delayed_queue_type: 'classic' },
      {
        'release gives it back near the head': atTheEnd,
        'peek shows what would come next, and leaves it': atTheEnd,
        'trim drops the oldest and says how many': atTheEnd,
        'several that trim at once drop no more than one would': atTheEnd,
      },
    ],
  ] as const) {
    brokerConformance({
      name,
      skip,
      async fresh() {
        const { open, remote, dispose } = await freshWorld(transport);
        return { remote, dispose, connect: async () => open().broker() };
      },
    });
  }

  resultConformance({
    name: 'amqp',
    async fresh() {
      const { open, dispose } = await freshWorld();
      return {
        dispose,
        async connect() {
          const results = open().results();
          // As sending a task would: its address exists before anything is sent to it.
          await results.fetch([]);
          return results;
        },
      };
    },
  });

  busConformance({
    name: 'amqp',
    // Its channels are the same for all on a server.
    concurrency: 1,
    async fresh() {
      const { open, dispose } = await freshWorld();
      return { dispose, connect: async () => open().bus() };
    },
  });
});

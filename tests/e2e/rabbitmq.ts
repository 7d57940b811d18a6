import { after } from 'node:test';
import type { QueueDepth } from '@lovage/contracts';
import type { Lovage } from 'lovage';
import {
  type RabbitmqOptions,
  type RabbitmqServer,
  type RedisServer,
  redisDatabase,
  requireService,
  startRabbitmq,
  startRedis,
} from '../../tools/services.ts';

/** Messages in RabbitMQ, results in Redis: two URLs. */
export interface TwoStores {
  readonly broker: string;
  readonly results: string;
  close(): Promise<void>;
}

/** A reason to skip, or false. */
export const skipRabbitmq = (): string | false =>
  requireService('rabbitmq', { control: true }) || requireService('redis', { control: true });

/** The private servers of this process, by the address in their URLs. */
const servers = new Map<string, RabbitmqServer>();

/** One that `depthOf` can look into. */
export async function startSeenRabbitmq(options: RabbitmqOptions = {}): Promise<RabbitmqServer> {
  const server = await startRabbitmq({ ...options, control: true });
  servers.set(new URL(server.url).host, server);
  return server;
}

let shared: Promise<readonly [RabbitmqServer, RedisServer]> | undefined;
let databases = 0;
after(async () => {
  const started = await shared;
  await Promise.all(started?.map((server) => server.stop()) ?? []);
});

/** An empty vhost, and an empty database for results (of which there are 16), on servers for all of a file. */
export async function openRabbitmq(): Promise<TwoStores> {
  shared ??= Promise.all([startSeenRabbitmq(), startRedis({ control: true })]);
  const [rabbitmq, redis] = await shared;
  databases += 1;
  if (databases > 16) throw new Error('a file has 16 databases for results');
  return {
    broker: await rabbitmq.vhost(),
    results: redisDatabase(redis, databases - 1),
    close: async () => {},
  };
}

/** What is in a queue and on its way to it: also where AMQP does not tell, of the private servers of this process. */
export async function depthOf(app: Lovage, queue = 'celery'): Promise<QueueDepth> {
  const { broker } = await app.drivers();
  const server = broker.traits.seesHidden ? undefined : servers.get(new URL(app.conf.brokerUrl).host);
  if (!server) return (await broker.depth([queue]))[0]!;
  // Between two queues a message is seen in neither, or in both: once more, and it has arrived.
  const looks = [
    await look(server, app.conf.brokerUrl, queue),
    await look(server, app.conf.brokerUrl, queue),
  ];
  const most = (what: 'ready' | 'delayed' | 'claimed') => Math.max(...looks.map((each) => each[what]));
  return { queue, ready: most('ready'), delayed: most('delayed'), claimed: most('claimed') };
}

async function look(server: RabbitmqServer, url: string, queue: string): Promise<QueueDepth> {
  const queues = await server.queues(url);
  const { ready = 0, unacknowledged = 0 } = queues.get(queue) ?? {};
  let delayed = 0;
  let held = 0;
  for (const [name, each] of queues) {
    if (name.startsWith('lovage_delayed_')) delayed += each.ready + each.unacknowledged;
    if (name.startsWith('lovage.held.')) held += each.ready + each.unacknowledged;
  }
  return { queue, ready, delayed, claimed: unacknowledged + held };
}

import { after, suite } from 'node:test';
import {
  kombuSchema,
  postgresSchema,
  redisDatabase,
  requireService,
  type Service,
  startPostgres,
  startRabbitmq,
  startRedis,
} from '../../../tools/services.ts';
import { type EmptyStore, emptyStore } from './lovage.ts';
import type { NotDue } from './queues-exam.ts';

/** A server for all of a file, started when something is first kept there. */
function shared<Server extends { stop(): Promise<void> }>(start: () => Promise<Server>) {
  let started: Promise<Server> | undefined;
  after(async () => (await started)?.stop());
  return (): Promise<Server> => {
    started ??= start();
    return started;
  };
}

// Vhosts are made and databases counted through: servers that somebody else uses would not do.
const postgres = shared(() => startPostgres());
const rabbitmq = shared(() => startRabbitmq({ control: true }));
const redis = shared(() => startRedis({ control: true }));
let made = 0;
const nextSchema = (): string => `cli_${process.pid}_${made++}`;

interface Store {
  readonly service: Service;
  readonly notDue: NotDue;
  readonly empty: EmptyStore;
}

const STORES = {
  Redis: {
    service: 'redis',
    notDue: 'ready',
    empty: async () => ['-b', redisDatabase(await redis(), made++)],
  },
  PostgreSQL: {
    service: 'postgres',
    notDue: 'aside',
    empty: async () => ['-b', postgresSchema(await postgres(), nextSchema())],
  },
  "kombu's tables": {
    service: 'postgres',
    notDue: 'ready',
    empty: async () => ['-b', kombuSchema(await postgres(), nextSchema())],
  },
  RabbitMQ: {
    service: 'rabbitmq',
    notDue: 'unseen',
    // It keeps no results.
    empty: async () => ['-b', await (await rabbitmq()).vhost(), '--result-backend', emptyStore()],
  },
} satisfies Record<string, Store>;

/** Exams on a store; `what` is what they are about. */
export function lovageOn(
  store: keyof typeof STORES,
  what: string,
  ...exams: readonly ((empty: EmptyStore, notDue: NotDue) => void)[]
): void {
  const { service, empty, notDue } = STORES[store];
  suite(`lovage on ${store}: ${what}`, {
    concurrency: 2,
    skip: requireService(service, { control: true }),
  }, () => {
    for (const exam of exams) exam(empty, notDue);
  });
}

import { nearest } from '@lovage/contracts/kit';
import type { Settings } from '../config/settings.ts';
import { ImproperlyConfigured, QueueNotFound } from '../errors.ts';
import type { Route } from './routes.ts';
import { readRoute } from './routes.ts';

type RouteSettings = Pick<
  Settings,
  'taskRoutes' | 'taskDefaultQueue' | 'taskQueues' | 'taskCreateMissingQueues'
>;

/** What the routes of the settings say of one call; an empty route when none matches. */
export function lookUpRoute(
  conf: Pick<Settings, 'taskRoutes'>,
  task: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
): Route {
  for (const router of conf.taskRoutes ?? []) {
    const route = router(task, args, kwargs, options);
    if (route === null || route === undefined) continue;
    try {
      return readRoute(route, task);
    } catch (error) {
      throw new ImproperlyConfigured(`taskRoutes ${(error as Error).message}`, { cause: error });
    }
  }
  return {};
}

/**
 * The queue itself, if it may be used.
 * @throws QueueNotFound naming the nearest one that exists
 */
export function existingQueue(conf: RouteSettings, queue: string, task: string): string {
  if (conf.taskCreateMissingQueues) return queue;
  const names = queueNames(conf);
  if (names.includes(queue)) return queue;
  const near = nearest(queue, names);
  throw new QueueNotFound(
    `task ${task} is sent to the queue ${queue}, which taskQueues does not list` +
      `${near ? `; did you mean ${near}?` : ''} Known are ${names.join(', ')}; taskCreateMissingQueues would make it.`,
  );
}

/** The queues of the settings: those listed, or else the default one. */
export function queueNames(conf: Pick<Settings, 'taskQueues' | 'taskDefaultQueue'>): readonly string[] {
  return conf.taskQueues?.map(({ name }) => name) ?? [conf.taskDefaultQueue];
}

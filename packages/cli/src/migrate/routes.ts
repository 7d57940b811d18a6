import { InvalidArgumentError } from 'commander';
import { UsageError } from '../exit.ts';

/** Which queue of the source goes to which of the destination. */
export type QueueRoutes = ReadonlyMap<string, string>;

/** `q1:new1,q2`: q1 becomes new1, q2 keeps its name. */
export function queueRoutes(text: string, before: QueueRoutes = new Map()): QueueRoutes {
  const routes = new Map(before);
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const [from = '', to = from, ...more] = part.split(':');
    if (from === '' || to === '' || more.length > 0) {
      throw new InvalidArgumentError("it must be names of queues, such as 'mail,old:new'");
    }
    routes.set(from, to);
  }
  return routes;
}

/** @throws UsageError when a queue would be moved onto itself */
export function refuseCircles(source: string, destination: string, routes: QueueRoutes): void {
  if (source !== destination) return;
  const same = [...routes].filter(([from, to]) => from === to).map(([from]) => from);
  if (same.length === 0 && ![...routes.values()].some((to) => routes.has(to))) return;
  throw new UsageError(
    'Source and destination are one broker: give each queue another name there, as in -Q old:new.',
  );
}

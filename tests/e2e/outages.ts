import { setTimeout as sleep } from 'node:timers/promises';
import type { Proxy as NetworkProxy, RedisServer } from '../../tools/services.ts';
import { askRedis, connections } from './redis-raw.ts';

/** A Redis, and a network between it and a worker. */
export interface Scene {
  readonly redis: RedisServer;
  readonly proxy: NetworkProxy;
}

/** What can happen to a broker. Each resolves when the service is back. */
export function outages({
  awayMs,
  swallowedMs,
}: {
  /** How long the server is gone, where it is. */
  readonly awayMs: number;
  /** How long the network swallows everything, where it does. */
  readonly swallowedMs: number;
}): Readonly<Record<string, (scene: Scene) => Promise<unknown>>> {
  return {
    'a restart of the server': ({ redis }) => redis.restart(),
    [`a server that is away for ${awayMs / 1000} s`]: async ({ redis }) => {
      await redis.kill();
      await sleep(awayMs);
      await redis.restart();
    },
    'the death of all connections': async ({ redis: { port } }) => {
      for (const id of await connections(port)) await askRedis(port, 'CLIENT', 'KILL', 'ID', id);
    },
    'a network that resets all connections': async ({ proxy }) => proxy.cut(),
    [`a network that swallows everything for ${swallowedMs / 1000} s`]: async ({ proxy }) => {
      proxy.blackHole();
      await sleep(swallowedMs);
      await proxy.heal();
    },
    'connections that stay half open for good': async ({ proxy }) => {
      // Those that are open carry nothing any more; the next one passes.
      await proxy.strand();
    },
  };
}

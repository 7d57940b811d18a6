import { setTimeout as sleep } from 'node:timers/promises';
import type { Proxy as NetworkProxy } from '../../tools/services.ts';
import type { OpenStore } from './breakable.ts';

/** A store, and a network between it and a worker. */
export interface Scene {
  readonly store: OpenStore;
  readonly proxy: NetworkProxy;
}

export const OUTAGES = ['restart', 'away', 'closed', 'cut', 'swallowed', 'stranded'] as const;
export type OutageName = (typeof OUTAGES)[number];
export type Outage = (scene: Scene) => Promise<unknown>;

/** What can happen to a broker. Each resolves when the service is back. */
export function outages({
  awayMs,
  swallowedMs,
}: {
  /** How long the server is gone, where it is. */
  readonly awayMs: number;
  /** How long the network swallows everything, where it does. */
  readonly swallowedMs: number;
}): Readonly<Record<OutageName, readonly [string, Outage]>> {
  return {
    restart: ['a restart of the server', ({ store }) => store.server.restart()],
    away: [
      `a server that is away for ${awayMs / 1000} s`,
      async ({ store }) => {
        await store.server.kill();
        await sleep(awayMs);
        await store.server.restart();
      },
    ],
    closed: ['the death of all connections', ({ store }) => store.closeConnections()],
    cut: ['a network that resets all connections', async ({ proxy }) => proxy.cut()],
    swallowed: [
      `a network that swallows everything for ${swallowedMs / 1000} s`,
      async ({ proxy }) => {
        proxy.blackHole();
        await sleep(swallowedMs);
        await proxy.heal();
      },
    ],
    // Those that are open carry nothing any more; the next one passes.
    stranded: ['connections that stay half open for good', async ({ proxy }) => proxy.strand()],
  };
}

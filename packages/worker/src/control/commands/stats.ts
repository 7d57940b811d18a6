import type { Command, CommandContext } from '../command.ts';
import { brokerStats } from '../stats/broker.ts';
import { poolStats } from '../stats/pool.ts';
import { resourceUsage } from '../stats/resources.ts';

/** Counts, the pool, the broker, resources: wire spec 8.3, keys in Celery's order. */
export const statsCommand: Command = {
  name: 'stats',
  run: ({ panel }) => ({
    total: Object.fromEntries(panel.totals),
    pid: process.pid,
    clock: String(panel.clock.value),
    uptime: Math.floor((Date.now() - panel.startedMs) / 1000),
    pool: poolStats(panel.pool),
    ...(panel.autoscaler && { autoscaler: autoscalerStats(panel.autoscaler) }),
    broker: brokerStats(panel.app.conf),
    prefetch_count: panel.prefetch,
    rusage: resourceUsage(),
  }),
};

function autoscalerStats(autoscaler: NonNullable<CommandContext['panel']['autoscaler']>) {
  const { max, min, current, queued } = autoscaler;
  return { max, min, current, qty: queued };
}

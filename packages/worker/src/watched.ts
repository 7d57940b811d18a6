import type { Logger } from '@lovage/app';
import type { Broker, Pool } from '@lovage/contracts';
import type { Running } from './assemble.ts';
import type { HealthFacts } from './health/facts.ts';
import { WorkerMetrics } from './health/metrics.ts';
import type { Health } from './health/server.ts';
import { startHealth } from './health/server.ts';
import { QUARANTINE } from './quarantine.ts';

/** A worker as it is at the moment somebody asks how it does. */
export interface Watched {
  readonly hostname: string;
  readonly phase: HealthFacts['phase'];
  readonly broker: Broker | undefined;
  readonly pool: Pool | undefined;
  readonly running: Running | undefined;
}

/**
 * Serves the health and the metrics of a worker from before it is connected until it has stopped.
 * @throws ImproperlyConfigured when the address cannot be read, or nothing can listen there
 */
export async function watchOver(
  address: string,
  hostname: string,
  look: () => Watched,
  log: Logger,
): Promise<{ readonly health: Health; readonly metrics: WorkerMetrics }> {
  const metrics = await WorkerMetrics.create({ hostname, gauges: () => gaugesOf(look()) });
  const health = await startHealth({
    ...{ address, metrics, log },
    facts: () => factsOf(look()),
    // A queue that is never long, so that counting it is nothing.
    askBroker: async () => look().broker?.depth([QUARANTINE]),
  });
  log.info(`health: ${health.url}/livez, /readyz and /metrics`);
  return { health, metrics };
}

function factsOf({ hostname, phase, running }: Watched): HealthFacts {
  return {
    hostname,
    phase,
    active: running?.executions.count ?? 0,
    loop: running?.intake.loop,
    leases: running?.leases.facts,
  };
}

function gaugesOf({ phase, pool, running }: Watched) {
  const limited = running?.intake.throttle.held().length ?? 0;
  return {
    up: phase === 'running',
    active: running?.executions.count ?? 0,
    prefetched: (running?.intake.waiting().length ?? 0) - limited,
    limited,
    slots: pool?.size ?? 0,
  };
}

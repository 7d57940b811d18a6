import type { Logger, ProbeAnswer, Probes } from '@lovage/app';
import { probeText, probeVerdict, startProbes } from '@lovage/app';
import { BrokerWatch } from './broker-watch.ts';
import type { HealthFacts } from './facts.ts';
import type { WorkerMetrics } from './metrics.ts';
import { notLive, notReady } from './verdict.ts';

export interface HealthOptions {
  /** As `readHttpAddress` reads it. */
  readonly address: string;
  readonly facts: () => HealthFacts;
  /** Asks the broker for something small; rejects when it is away. Called every few seconds while the worker runs. */
  readonly askBroker: () => Promise<unknown>;
  /** What `/metrics` shows. Undefined: there is none. */
  readonly metrics: WorkerMetrics | undefined;
  readonly log: Logger;
}

export type Health = Probes;

/**
 * Serves `/livez` (should it be restarted?), `/readyz` (does it take tasks?) and `/metrics`.
 * @throws ImproperlyConfigured when the address cannot be read, or nothing can listen there
 */
export async function startHealth(options: HealthOptions): Promise<Health> {
  const { address, facts, askBroker, metrics, log } = options;
  const watch = new BrokerWatch({
    ask: async () => (facts().phase === 'running' ? askBroker() : undefined),
  });
  const paths = {
    '/livez': () => verdict(facts(), notLive(facts(), watch.trouble, performance.now())),
    '/readyz': () => verdict(facts(), notReady(facts(), watch.trouble, performance.now())),
    '/metrics': async () => {
      if (!metrics) return probeText(404, 'this worker keeps no metrics');
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    },
  };
  const probes = await startProbes({ address, whose: 'worker', paths, log });
  watch.start();
  return {
    url: probes.url,
    async close() {
      watch.stop();
      await probes.close();
    },
  };
}

const verdict = ({ hostname, phase }: HealthFacts, problems: readonly string[]): ProbeAnswer =>
  probeVerdict({ worker: hostname, phase }, problems);

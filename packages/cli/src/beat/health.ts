import type { Logger, Probes } from '@lovage/app';
import { probeVerdict, startProbes } from '@lovage/app';
import type { BeatMetrics, BeatStatus } from '@lovage/beat';

/**
 * Serves `/healthz` and `/livez` (is it well?), `/readyz` (does it know who leads?) and `/metrics`.
 * @throws ImproperlyConfigured when the address cannot be read, or nothing can listen there
 */
export function serveBeat(
  address: string,
  status: () => BeatStatus,
  metrics: BeatMetrics,
  log: Logger,
): Promise<Probes> {
  const health = (problems: readonly string[] = []) => {
    const { phase, entries, nextDue, lastTickAt, lastLatenessMs, sent, ...rest } = status();
    const facts = { phase, entries, sent, nextDue, lastTickAt, lastLatenessMs };
    return probeVerdict(facts, [...rest.problems, ...problems]);
  };
  return startProbes({
    ...{ address, log, whose: 'beat' },
    paths: {
      '/healthz': () => health(),
      '/livez': () => health(),
      '/readyz': () =>
        health(status().phase === 'starting' ? ['starting: it has not met its store yet'] : []),
      '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
    },
  });
}

import type { SentRun } from './runs.ts';
import type { BeatStatus } from './status.ts';

type Prometheus = typeof import('prom-client');

/** Seconds: a beat that is well is some ms late, one that was taken over up to 10 s. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600];

/** What beat does, for Prometheus. Entries are not told apart: there may be a hundred thousand. */
export class BeatMetrics {
  readonly contentType: string;
  readonly #registry: import('prom-client').Registry;
  readonly #sent: import('prom-client').Counter;
  readonly #lateness: import('prom-client').Histogram;

  /** Loads the Prometheus client, which a beat without metrics never does. */
  static async create(status: () => BeatStatus): Promise<BeatMetrics> {
    return new BeatMetrics(await import('prom-client'), status);
  }

  private constructor(
    { Counter, Gauge, Histogram, Registry, collectDefaultMetrics }: Prometheus,
    status: () => BeatStatus,
  ) {
    const registry = new Registry();
    const registers = [registry];
    this.#sent = new Counter({ name: 'lovage_beat_sent_total', help: 'Runs that beat sent.', registers });
    this.#lateness = new Histogram({
      name: 'lovage_beat_lateness_seconds',
      help: 'How much later than due runs were sent.',
      buckets: BUCKETS,
      registers,
    });
    const gauge = (name: string, help: string, read: (status: BeatStatus) => number) => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read(status()));
        },
      });
    };
    gauge('lovage_beat_leading', 'Whether this beat leads.', ({ leading }) => Number(leading));
    gauge('lovage_beat_healthy', 'Whether this beat is well.', ({ healthy }) => Number(healthy));
    gauge('lovage_beat_entries', 'Entries in the store.', ({ entries }) => entries);
    gauge('lovage_beat_unreadable_entries', 'Entries that cannot be read.', ({ unreadable }) => unreadable);
    gauge(
      'lovage_beat_last_tick_timestamp_seconds',
      'When this beat last looked at what is due.',
      ({ lastTickAt }) => (lastTickAt?.getTime() ?? 0) / 1000,
    );
    gauge(
      'lovage_beat_store_away_seconds',
      'For how long the store of periodic tasks has been away.',
      ({ storeAwayMs }) => storeAwayMs / 1000,
    );
    gauge(
      'lovage_beat_broker_away_seconds',
      'For how long the broker has been away.',
      ({ brokerAwayMs }) => brokerAwayMs / 1000,
    );
    collectDefaultMetrics({ register: registry });
    this.#registry = registry;
    this.contentType = registry.contentType;
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  sent({ lateMs }: SentRun): void {
    this.#sent.inc();
    this.#lateness.observe(lateMs / 1000);
  }
}

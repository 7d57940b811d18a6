import type { Broker, ResultBackend } from '../../src/index.ts';
import type { ExamWorld } from '../exam.ts';

/** One service, empty and private to a case. */
export interface BrokerWorld extends ExamWorld {
  /** A broker of its own: what another process would see. `dispose` closes it. */
  connect(): Promise<Broker>;

  /** The results of the same store. Needed where `traits.atomicResults`. */
  results?(): Promise<ResultBackend>;

  /** How a real process reaches this world. Where it is given, the crash cases kill one with SIGKILL. */
  readonly remote?: RemoteDriver;

  /** Where no process can: the broker vanishes as if its process had been killed, without cleaning up. */
  crash?(broker: Broker): Promise<void>;
}

export interface RemoteDriver {
  /** URL of the module that exports `driver: DriverFactory`. */
  readonly module: string;
  /** What to create the driver with. */
  readonly url: string;
  /** `DriverOptions.transport`; JSON. */
  readonly transport?: Readonly<Record<string, unknown>>;
}

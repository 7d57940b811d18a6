import type {
  Broker,
  BrokerTraits,
  Driver,
  DriverFactory,
  OutgoingMessage,
  ResultBackend,
} from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';

/** What a fake service does when it is asked for something; each may be replaced by a test. */
export interface FakeService {
  readonly declared: string[];
  readonly published: (readonly OutgoingMessage[])[];
  publish: (messages: readonly OutgoingMessage[]) => Promise<void>;
  results: Partial<ResultBackend> | undefined;
  /** Celery's own workers may serve the same queues. */
  foreignPeers: boolean;
}

/** A driver for `fake://`, whose service is in the test's hands. */
export function fakeDriver(): { readonly service: FakeService; readonly driver: DriverFactory } {
  const service: FakeService = {
    declared: [],
    published: [],
    publish: async (messages) => void service.published.push(messages),
    results: undefined,
    foreignPeers: false,
  };
  const broker: Partial<Broker> = {
    get traits() {
      return { foreignPeers: service.foreignPeers } as BrokerTraits;
    },
    declare: async (queues) => void service.declared.push(...queues.map(({ name }) => name)),
    publish: (messages) => service.publish(messages),
  };
  const create = (): Driver => ({
    name: 'fake',
    label: 'fake://',
    open: async () => {},
    close: async () => {},
    ping: async () => {},
    broker: () => broker as Broker,
    ...(service.results ? { results: () => service.results as ResultBackend } : {}),
  });
  return { service, driver: { schemes: ['fake'], create } };
}

export const unavailable = (): DriverError => new DriverError('unavailable', 'nobody listens');

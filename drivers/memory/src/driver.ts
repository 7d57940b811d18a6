import type { Driver, DriverFactory, DriverOptions } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { maskUrl, parseServiceUrl } from '@lovage/contracts/kit';
import { memoryBroker } from './broker/broker.ts';
import { memoryBus } from './bus.ts';
import { hubNamed } from './hub.ts';
import { memoryLocks } from './locks.ts';
import { memoryResults } from './results/results.ts';
import { memoryRevocations } from './revocations.ts';
import { memorySchedules } from './schedules.ts';

/** `memory://` and `memory://name`: all of one name in one process share queues, results and the rest. */
export const driver: DriverFactory = {
  schemes: ['memory'],
  create: (url, options) => memoryDriver(url, nameIn(url), options),
};

function memoryDriver(url: string, name: string, { transport, log }: DriverOptions): Driver {
  const ignored = Object.keys(transport ?? {});
  if (ignored.length > 0)
    log?.('warn', `memory:// takes no transport options; not used: ${ignored.join(', ')}`);

  const hub = hubNamed(name);
  const closes: (() => Promise<void>)[] = [];
  let closed = false;

  /** One object a role, made when first asked for. */
  function once<Role extends { close(): Promise<void> }>(make: () => Role): () => Role {
    let made: Role | undefined;
    return () => {
      if (!made) {
        assertOpen();
        const role = make();
        closes.push(() => role.close());
        made = role;
      }
      return made;
    };
  }
  function assertOpen(): void {
    if (closed) throw new DriverError('closed', `the driver of ${maskUrl(url)} is closed`);
  }

  return {
    name: 'memory',
    label: maskUrl(url),
    async open() {
      assertOpen();
    },
    async ping() {
      assertOpen();
    },
    async close() {
      closed = true;
      await Promise.all(closes.map((close) => close()));
    },
    broker: once(() => memoryBroker(hub.broker)),
    results: once(() => memoryResults(hub.results, hub.chords)),
    bus: once(() => memoryBus(hub.channels)),
    schedules: once(() => memorySchedules(hub.schedules, (messages) => hub.broker.publish(messages))),
    locks: once(() => memoryLocks(hub.locks)),
    revocations: once(() => memoryRevocations(hub.revocations)),
  };
}

/** The hub's name. Slashes after it are Celery's way to write "the default virtual host". */
function nameIn(url: string): string {
  const { hosts, path, query, password } = parseServiceUrl(url);
  const [host] = hosts;
  const plain = hosts.length <= 1 && host?.port === undefined && password === undefined && query.size === 0;
  if (!plain || !/^\/*$/.test(path)) {
    throw new DriverError(
      'refused',
      `cannot use the URL '${maskUrl(url)}': a memory URL is memory:// or memory://name, without port, path or options`,
    );
  }
  return host?.host ?? '';
}

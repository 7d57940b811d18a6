import { App } from '@lovage/app';
import type { Broker } from '@lovage/contracts';
import { CommandError } from '../exit.ts';

/** One end of a migration. */
export interface Endpoint extends AsyncDisposable {
  readonly broker: Broker;
  /** Its URL, with the password hidden. */
  readonly label: string;
}

/**
 * The broker at a URL, of any kind that there is a driver for.
 * @throws ImproperlyConfigured for a URL that no driver takes
 */
export async function openEndpoint(
  url: string,
  transport: Readonly<Record<string, unknown>>,
): Promise<Endpoint> {
  // An app of its own: it knows how to find drivers. Nothing of the environment is to change what was named.
  const app = new App('migrate', {
    brokerUrl: url,
    resultBackend: null,
    brokerTransportOptions: transport,
    environment: {},
  });
  const { broker, brokerLabel: label } = await app.drivers();
  return { broker, label, [Symbol.asyncDispose]: () => app.close() };
}

/** So that nobody takes a broker that is away for an empty one. */
export async function countWaiting(
  { broker, label }: Endpoint,
  queues: readonly string[],
): Promise<{ waiting: number; claimed: number }> {
  try {
    const depths = await broker.depth(queues);
    const sum = (count: (each: (typeof depths)[number]) => number): number =>
      depths.reduce((total, each) => total + count(each), 0);
    return { waiting: sum((each) => each.ready + each.delayed), claimed: sum((each) => each.claimed) };
  } catch (error) {
    throw new CommandError(`${label}: ${(error as Error).message}`, exitCodeOf(error));
  }
}

const exitCodeOf = (error: unknown): number =>
  (error as { readonly code?: unknown }).code === 'unavailable' ? 69 : 1;

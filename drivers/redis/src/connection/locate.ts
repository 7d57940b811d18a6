import { refused } from '@lovage/contracts/kit';
import type { Target } from '../options/target.ts';
import type { Transport } from '../options/transport.ts';
import { type Address, type ClientOptions, destroy, openClient } from './client.ts';
import { toDriverError } from './failure.ts';
import { within } from './patience.ts';

/** How to find the server that a URL means, each time anew. @throws DriverError 'refused' */
export function locator(target: Target, transport: Transport, client: ClientOptions): () => Promise<Address> {
  const { place, label } = target;
  if (place.kind === 'tcp') return async () => ({ host: place.host, port: place.port });
  if (place.kind === 'socket') return async () => ({ path: place.path });
  const { masterName, sentinel } = transport;
  if (masterName === undefined) {
    throw refused(`${label}: sentinel:// needs the transport option master_name, the name of the primary`);
  }
  // A call has time for all of them and for the primary.
  const connectTimeoutMs = client.connectTimeoutMs / (place.nodes.length + 1);
  const asked: ClientOptions = { ...client, ...sentinel, database: 0, connectTimeoutMs };
  return sentinelLocator(place.nodes, masterName, asked, label);
}

type Node = Extract<Target['place'], { kind: 'sentinel' }>['nodes'][number];

/** Asks one sentinel after the other; the one that knew is asked first the next time. */
function sentinelLocator(
  nodes: readonly Node[],
  masterName: string,
  client: ClientOptions,
  label: string,
): () => Promise<Address> {
  let order = [...nodes];
  return async () => {
    const troubles: string[] = [];
    for (const node of order) {
      try {
        const address = await askSentinel(node, masterName, client);
        order = [node, ...order.filter((each) => each !== node)];
        return address;
      } catch (error) {
        const { message } = toDriverError(error, `${node.host}:${node.port}`);
        troubles.push(message);
      }
    }
    throw new Error(`no sentinel of ${label} knows the primary '${masterName}': ${troubles.join('; ')}`);
  };
}

async function askSentinel(node: Node, masterName: string, options: ClientOptions): Promise<Address> {
  const client = openClient(node, options, false);
  const { connectTimeoutMs } = options;
  const tooLate = () => new Error(`no answer within ${connectTimeoutMs / 1000} s`);
  client.on('error', () => undefined);
  try {
    await within(client.connect(), connectTimeoutMs, tooLate);
    const question = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName];
    const answer = await within(client.sendCommand(question), connectTimeoutMs, tooLate);
    if (!Array.isArray(answer)) throw new Error(`it watches no primary of the name '${masterName}'`);
    return { host: String(answer[0]), port: Number(answer[1]) };
  } finally {
    destroy(client);
  }
}

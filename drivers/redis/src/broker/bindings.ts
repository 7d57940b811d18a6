import type { Binding } from '@lovage/contracts';
import type { Connection } from '../connection/connection.ts';
import type { Layout } from './layout.ts';

const PART = '500';

/** What kombu's exchanges are bound to, ours and those of anybody else on this database, by exchange and routing key. */
export async function readBindings(connection: Connection, layout: Layout): Promise<Binding[]> {
  const start = layout.exchange('');
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const scan = ['SCAN', cursor, 'MATCH', `${literal(start)}*`, 'TYPE', 'set', 'COUNT', PART];
    const [next, found] = (await connection.send(scan, { repeatable: true })) as [string, string[]];
    for (const key of found) keys.add(key);
    cursor = String(next);
  } while (cursor !== '0');

  const names = [...keys];
  const sets = await connection.sendAll(
    names.map((key) => ['SMEMBERS', key]),
    { repeatable: true },
  );
  const bindings = sets.flatMap((members, at) =>
    (members as string[]).map((member) => {
      const { queue, routingKey } = layout.readBinding(member);
      return { queue, exchange: names[at]!.slice(start.length), routingKey };
    }),
  );
  return bindings.sort((one, other) => compare(key(one), key(other)));
}

/** A key as a pattern that matches nothing else. */
const literal = (key: string): string => key.replace(/[\\*?[\]^-]/g, '\\$&');

const key = ({ exchange, routingKey, queue }: Binding): string => [exchange, routingKey, queue].join('\0');
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

import { InvalidArgumentError } from 'commander';

/** Names of pools on the command line and in `workerPool`, Celery's among them, and the pool that each one means. */
const POOLS = {
  prefork: 'prefork',
  processes: 'prefork',
  threads: 'threads',
  async: 'async',
  gevent: 'async',
  eventlet: 'async',
  solo: 'solo',
} as const;

export type PoolName = keyof typeof POOLS;
export type PoolKind = (typeof POOLS)[PoolName];

export const poolNamed = (name: PoolName): PoolKind => POOLS[name];

export function pool(text: string): PoolKind {
  if (Object.hasOwn(POOLS, text)) return POOLS[text as PoolName];
  throw new InvalidArgumentError(`it must be one of ${Object.keys(POOLS).join(', ')}`);
}

export function profile(text: string): string {
  if (text === 'fair' || text === 'default') return text;
  throw new InvalidArgumentError("it must be 'default' or 'fair'");
}

/** `10,3`: at most ten slots, at least three; in either order, as Celery takes it. `10` alone: at least none. */
export function autoscale(text: string): { readonly max: number; readonly min: number } {
  const numbers = /^\s*(\d+)\s*(?:,\s*(\d+)\s*)?$/.exec(text)?.slice(1).map(Number);
  if (!numbers) throw new InvalidArgumentError("it must be two whole numbers, such as '10,3'");
  const [one = 0, other = 0] = numbers.map((each) => (Number.isNaN(each) ? 0 : each));
  const range = { max: Math.max(one, other), min: Math.min(one, other) };
  if (range.max >= 1) return range;
  throw new InvalidArgumentError('the larger of the two must be 1 or more');
}

/** Seconds above 0. */
export function interval(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('it must be a number of seconds above 0');
}

/** `host:port`, where a health server listens. */
export function hostAndPort(text: string): string {
  const port = /^(?:\[[\da-f:.]+\]|[^\s:[\]]*):(\d{1,5})$/i.exec(text)?.[1];
  if (port !== undefined && Number(port) <= 65_535) return text;
  throw new InvalidArgumentError("it must be a host and a port, such as '127.0.0.1:8080'");
}

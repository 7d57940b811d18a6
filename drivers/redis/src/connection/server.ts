import { DriverError } from '@lovage/contracts';
import type { Reply } from './client.ts';

/** RPOP with a count and ZADD GT came with it. */
const OLDEST = [6, 2] as const;

/** Throws DriverError unless the server can do all that this driver asks of one. `hello` is the reply to HELLO. */
export function checkServer(hello: Reply, label: string): void {
  const { version, mode, role } = hello as Readonly<Record<string, string>>;
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) throw tooOld(label, `runs ${version}`);
  if (mode === 'cluster') {
    throw new DriverError(
      'unsupported',
      `Redis at ${label} is a cluster, which is not supported: name one primary or Sentinel`,
    );
  }
  if (role !== 'master') throw new Error(`the server is a ${role}, not the primary`);
}

export function tooOld(label: string, found: string): DriverError {
  return new DriverError('unsupported', `Lovage needs Redis 6.2 or later; the server at ${label} ${found}`);
}

import { randomUUID } from 'node:crypto';
import { DriverError, type Lock, type LockStore } from '@lovage/contracts';
import type { Connection } from './connection/connection.ts';
import { Script } from './connection/script.ts';

/**
 * A lock is a key that expires, with its fence and who asked. The fence comes from one counter for all locks.
 * KEYS lock, counter · ARGV ttl ms, token. Asked again with the same token it answers the same, so asking may be repeated.
 */
const ACQUIRE = new Script(`
local held = redis.call('GET', KEYS[1])
if held then
  local fence, token = string.match(held, '^(%d+) (.*)$')
  if token == ARGV[2] then return tonumber(fence) end
  return false
end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], fence .. ' ' .. ARGV[2], 'PX', ARGV[1])
return fence
`);

const mine = (action: string): Script =>
  new Script(`
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^%d+') == ARGV[1] then return ${action} end
return 0
`);

/** KEYS lock · ARGV fence, ttl ms */
const RENEW = mine("redis.call('PEXPIRE', KEYS[1], ARGV[2])");
/** KEYS lock · ARGV fence */
const RELEASE = mine("redis.call('DEL', KEYS[1])");

const REPEATABLE = { repeatable: true } as const;

/** Locks that expire by the server's clock. */
export class RedisLocks implements LockStore {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #onClose: () => void;
  #closed = false;

  constructor(connection: Connection, keyPrefix: string, onClose: () => void) {
    this.#connection = connection;
    this.#prefix = `${keyPrefix}lovage:lock`;
    this.#onClose = onClose;
  }

  async acquire(name: string, owner: string, ttlMs: number): Promise<Lock | undefined> {
    this.#refuseAfterClose();
    const keys = [this.#key(name), `${this.#prefix}-fence`];
    const fence = await ACQUIRE.run(this.#connection, keys, [whole(ttlMs), randomUUID()], REPEATABLE);
    return fence === null ? undefined : { name, owner, fence: Number(fence) };
  }

  async renew(lock: Lock, ttlMs: number): Promise<boolean> {
    this.#refuseAfterClose();
    const args = [String(lock.fence), whole(ttlMs)];
    return (await RENEW.run(this.#connection, [this.#key(lock.name)], args, REPEATABLE)) === 1;
  }

  async release(lock: Lock): Promise<void> {
    this.#refuseAfterClose();
    await RELEASE.run(this.#connection, [this.#key(lock.name)], [String(lock.fence)], REPEATABLE);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }

  #key(name: string): string {
    return `${this.#prefix}:${name}`;
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this lock store has been closed');
  }
}

const whole = (ms: number): string => String(Math.max(1, Math.ceil(ms)));

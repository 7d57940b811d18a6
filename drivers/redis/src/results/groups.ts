import type { GroupStore } from '@lovage/contracts';
import { asBuffer } from '../connection/as-buffer.ts';
import type { Connection } from '../connection/connection.ts';
import type { ResultKeys } from './keys.ts';

const REPEATABLE = { repeatable: true } as const;

/** Groups that were saved, where Python saves its own. */
export class RedisGroups implements GroupStore {
  readonly #connection: Connection;
  readonly #keys: ResultKeys;

  constructor(connection: Connection, keys: ResultKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async save(groupId: string, payload: Uint8Array, ttlMs?: number): Promise<void> {
    const expires = ttlMs === undefined ? [] : ['PX', String(Math.ceil(ttlMs))];
    await this.#connection.send(
      ['SET', this.#keys.group(groupId), asBuffer(payload), ...expires],
      REPEATABLE,
    );
  }

  async fetch(groupId: string): Promise<Uint8Array | undefined> {
    const options = { ...REPEATABLE, buffers: true };
    const payload = await this.#connection.send(['GET', this.#keys.group(groupId)], options);
    return payload === null ? undefined : (payload as Buffer);
  }

  async forget(groupId: string): Promise<void> {
    await this.#connection.send(['DEL', this.#keys.group(groupId)], REPEATABLE);
  }
}

import { createHash } from 'node:crypto';
import type { Reply } from './client.ts';
import type { Connection, SendOptions } from './connection.ts';

/** A Lua script, sent by its digest; in full only to a server that does not know it yet. */
export class Script {
  readonly #source: string;
  readonly #digest: string;

  constructor(source: string) {
    this.#source = source.trim();
    this.#digest = createHash('sha1').update(this.#source).digest('hex');
  }

  async run(
    connection: Connection,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
    options?: SendOptions,
  ): Promise<Reply> {
    const operands = [String(keys.length), ...keys, ...args];
    try {
      return await connection.send(['EVALSHA', this.#digest, ...operands], options);
    } catch (error) {
      if (!(error instanceof Error) || !isUnknownScript(error)) throw error;
      return connection.send(['EVAL', this.#source, ...operands], options);
    }
  }
}

/** The driver's errors keep Redis's own reply as their cause. */
const isUnknownScript = ({ cause }: Error): boolean =>
  cause instanceof Error && cause.message.startsWith('NOSCRIPT');

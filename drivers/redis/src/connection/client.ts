import type { Tls } from '@lovage/contracts/kit';
import { RESP_TYPES, RedisClient } from '@redis/client';

/** What a Redis command answers, as the client decodes it; blobs are strings, or Buffers when asked for. */
export type Reply =
  | string
  | number
  | boolean
  | Buffer
  | null
  | readonly Reply[]
  | { readonly [field: string]: Reply };

/** One command: its name and arguments. */
export type Command = readonly (string | Buffer)[];

/** The part of the `redis` package's client that we use: its pipeline, its pub/sub and its push messages. */
export interface Client {
  sendCommand(args: Command, options?: { typeMapping?: typeof BUFFERS }): Promise<Reply>;
  connect(): Promise<unknown>;
  destroy(): void;
  readonly isOpen: boolean;
  subscribe(channels: string[], listener: Heard, buffers: true): Promise<void>;
  unsubscribe(channels: string[], listener: Heard, buffers: true): Promise<void>;
  pSubscribe(patterns: string[], listener: Heard, buffers: true): Promise<void>;
  pUnsubscribe(patterns: string[], listener: Heard, buffers: true): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'invalidate', listener: (key: Buffer | string | null) => void): unknown;
}

/** A pub/sub message and the channel it came by. */
export type Heard = (message: Buffer, channel: Buffer) => void;

/** Asks for blobs as Buffers. */
export const BUFFERS = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** A reachable server: an address, or the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** Everything but the address. */
export interface ClientOptions {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: Tls<Buffer> | undefined;
  readonly connectTimeoutMs: number;
  readonly keepAlive: boolean;
  /** CLIENT SETNAME. */
  readonly name: string;
}

/**
 * A client that lives as long as its socket: it neither reconnects nor queues what is sent while it is down.
 * Both are decided one floor up, in `Connection`, where calls have deadlines and the address may change.
 */
export function openClient(address: Address, options: ClientOptions, tracking: boolean): Client {
  const { username, password, database, tls, connectTimeoutMs, keepAlive, name } = options;
  const socket = {
    ...address,
    connectTimeout: connectTimeoutMs,
    keepAlive,
    reconnectStrategy: false as const,
  };
  const servername = tls && 'host' in address && !isIp(address.host) ? { servername: address.host } : {};
  // The bare class: `createClient` would first attach a thousand command methods that nobody here calls,
  // for a quarter of a second and 24 MB.
  return new RedisClient({
    socket:
      tls && 'host' in address ? { ...socket, ...servername, ...tls, host: address.host, tls: true } : socket,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    name,
    RESP: 3,
    emitInvalidate: tracking,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: { timeout: 0 },
  }) as unknown as Client;
}

const isIp = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');

/** End a client, whatever state it is in. */
export function destroy(client: Client): void {
  if (client.isOpen) client.destroy();
}

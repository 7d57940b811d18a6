import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on loopback whose network can fail. */
export interface Proxy {
  readonly port: number;
  /** Connections open now. */
  readonly connections: number;
  /** Every connection ends with a reset; new ones pass again. */
  cut(): void;
  /** A half-open network: connections stay, nothing passes in either direction, new ones are accepted and hang. */
  blackHole(): void;
  /** Half open for good: the connections of now carry nothing any more, new ones pass. */
  strand(): void;
  /** Refuse new connections and cut those that are open, as when the server is down. */
  refuse(): Promise<void>;
  /** Hold every chunk back for this long, in each direction. */
  delay(ms: number): void;
  /** Let everything pass again, also what was held in a black hole. */
  heal(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Forward a free port to `targetPort` on loopback, until told to fail. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let delayMs = 0;
  let silent = false;

  function forward(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (delayMs === 0) to.write(chunk);
      else setTimeout(() => to.write(chunk), delayMs);
    });
    from.on('end', () => setTimeout(() => to.end(), delayMs));
    from.on('error', () => to.destroy());
  }

  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    const pair = { client, server };
    pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay();
      socket.on('close', () => {
        pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
    forward(client, server);
    forward(server, client);
    if (silent) pause(pair);
  });

  async function listen(port: number): Promise<number> {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return (listener.address() as AddressInfo).port;
  }
  function cut(): void {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
    pairs.clear();
  }
  async function refuse(): Promise<void> {
    const closed = listener.listening ? once(listener, 'close') : undefined;
    if (closed) listener.close();
    cut();
    await closed;
  }

  const port = await listen(0);
  return {
    port,
    get connections() {
      return pairs.size;
    },
    cut,
    refuse,
    blackHole() {
      silent = true;
      for (const pair of pairs) pause(pair);
    },
    strand() {
      for (const pair of pairs) pause(pair);
    },
    delay(ms) {
      delayMs = ms;
    },
    async heal() {
      silent = false;
      delayMs = 0;
      for (const { client, server } of pairs) {
        client.resume();
        server.resume();
      }
      if (!listener.listening) await listen(port);
    },
    close: refuse,
    [Symbol.asyncDispose]: refuse,
  };
}

function pause({ client, server }: Pair): void {
  client.pause();
  server.pause();
}

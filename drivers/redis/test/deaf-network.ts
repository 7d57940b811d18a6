import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between a client and a server in which answers can get lost, and only they. */
export async function startDeafNetwork(targetPort: number) {
  const clients = new Set<Socket>();
  let deaf = false;
  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    clients.add(client);
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => {
      if (!deaf) client.write(chunk);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        other.destroy();
        clients.delete(client);
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cut = () => {
    for (const client of clients) client.destroy();
  };
  return {
    port: (listener.address() as AddressInfo).port,
    /** From now on requests pass and answers are lost. */
    loseAnswers: () => {
      deaf = true;
    },
    /** End all connections; the next ones are good. */
    recover: () => {
      deaf = false;
      cut();
    },
    close: () => {
      cut();
      listener.close();
    },
  };
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail server that takes every message and remembers its subject. */
export async function startMailServer(onMail: (subject: string, to: string) => void) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      let text = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('end', () => {
        const subject = /^Subject: (.*)$/m.exec(text)?.[1]?.trim() ?? '(no subject)';
        onMail(subject, session.envelope.rcptTo.map(({ address }) => address).join(', '));
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

/** A CRM that fails the first `failures` requests for each doctor. */
export async function startFlakyCrm(failures: number) {
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const tries = (seen.get(path) ?? 0) + 1;
    seen.set(path, tries);
    if (tries <= failures) response.writeHead(503).end('busy');
    else response.writeHead(200, { 'x-revision': String(tries) }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    url: `http://127.0.0.1:${port}`,
    stop,
    requests: () => [...seen.values()].reduce((a, b) => a + b, 0),
  };
}

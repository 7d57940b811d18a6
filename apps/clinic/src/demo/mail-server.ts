import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  readonly to: string;
  readonly subject: string;
}

/** A mail server that takes every message, and remembers for whom it was and what it was about. */
export async function startMailServer(wanted = 0, onMail: (mail: Mail) => void = () => {}) {
  const mails: Mail[] = [];
  const hears = new EventTarget();
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
        for (const { address } of session.envelope.rcptTo) {
          mails.push({ to: address, subject });
          onMail({ to: address, subject });
        }
        hears.dispatchEvent(new Event('mail'));
        done();
      });
    },
  });
  server.listen(wanted, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: mails as readonly Mail[],
    /** Resolves when so many have arrived, or the signal says that it took too long. */
    async arrived(count: number, signal: AbortSignal): Promise<void> {
      while (mails.length < count && !signal.aborted) await once(hears, 'mail', { signal }).catch(() => {});
    },
    stop: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

/** A mail as it came over the wire. */
export interface ReceivedMail {
  readonly from: string;
  /** Those of the envelope. */
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | undefined;
  readonly messageId: string;
  /** Its source. */
  readonly raw: string;
}

export interface SmtpOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Refuse a recipient with this answer, such as `450 come back later`; undefined takes it. */
  readonly recipient?: (address: string) => string | undefined;
  /** What to say of a mail when all of it is here; `'hang up'` keeps it and ends the connection without a word. */
  readonly data?: (mail: ReceivedMail) => string | undefined;
}

/** A real SMTP server that keeps what it took. */
export interface SmtpReceiver {
  readonly url: string;
  readonly port: number;
  /** What it has, a mail for each time that it came. */
  readonly mails: readonly ReceivedMail[];
  /** Resolves when so many are here; rejects with the signal's reason. */
  arrived(count: number, signal: AbortSignal): Promise<void>;
  /** Ends it and every connection. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a mail server on loopback that anybody may use without a name. */
export async function startSmtp({ port = 0, recipient, data }: SmtpOptions = {}): Promise<SmtpReceiver> {
  const [{ SMTPServer }, { default: PostalMime }] = await Promise.all([
    import('smtp-server'),
    import('postal-mime'),
  ]);
  const mails: ReceivedMail[] = [];
  const hears = new EventTarget();
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    // It would ask a name server who calls.
    disableReverseLookup: true,
    onRcptTo({ address }, _session, done) {
      done(answered(recipient?.(address)));
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const source = Buffer.concat(chunks);
      const parsed = await PostalMime.parse(source);
      const mail: ReceivedMail = {
        from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
        recipients: session.envelope.rcptTo.map(({ address }) => address),
        subject: parsed.subject ?? '',
        text: (parsed.text ?? '').trimEnd(),
        html: parsed.html,
        messageId: parsed.messageId ?? '',
        raw: source.toString('utf8'),
      };
      const answer = data?.(mail);
      if (answer === undefined || answer === 'hang up') {
        mails.push(mail);
        hears.dispatchEvent(new Event('mail'));
      }
      if (answer === 'hang up') for (const socket of sockets) socket.destroy();
      else done(answered(answer));
    },
  });
  server.on('error', () => {}); // Connections that break are what tests are about.
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const bound = (server.server.address() as AddressInfo).port;
  let stopped: Promise<void> | undefined;
  function stop(): Promise<void> {
    stopped ??= new Promise((resolve) => {
      server.close(resolve);
      for (const socket of sockets) socket.destroy();
    });
    return stopped;
  }
  return {
    url: `smtp://127.0.0.1:${bound}`,
    port: bound,
    mails,
    async arrived(count, signal) {
      while (mails.length < count) {
        signal.throwIfAborted();
        await once(hears, 'mail', { signal });
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** `450 come back later` as the error that smtp-server answers with. */
function answered(answer: string | undefined): Error | null {
  if (answer === undefined) return null;
  const [, code = '550', text = answer] = /^(\d{3}) (.*)$/s.exec(answer) ?? [];
  return Object.assign(new Error(text), { responseCode: Number(code) });
}

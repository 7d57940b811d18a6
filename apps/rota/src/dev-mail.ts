/** A mail server for development: it takes every mail and says whom it was for. `node src/dev-mail.ts`, where SMTP_URL says. */
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { isProduction, smtpUrl } from './environment.ts';

if (isProduction()) throw new Error('this mail server keeps no mail: it is for development');
const { hostname, port } = new URL(smtpUrl());
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  async onData(stream, session, done) {
    const mail = await text(stream);
    const subject = /^Subject: (.*)$/m.exec(mail)?.[1]?.trim() ?? '';
    console.log(`to ${session.envelope.rcptTo.map(({ address }) => address).join(', ')}: ${subject}`);
    // Links are what a developer waits for.
    for (const [link] of mail
      .replace(/=\r\n/g, '')
      .matchAll(/https?:\/\/\S+\/(?:invitations|password-resets)\/[\w.-]+/g))
      console.log(`  ${link}`);
    done();
  },
});
server.on('error', (error) => console.error(`a connection failed: ${error.message}`));
server.listen(Number(port), hostname, () => console.log(`mails go nowhere from ${smtpUrl()}`));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => server.close());

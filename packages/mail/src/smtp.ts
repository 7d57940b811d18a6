import { createTransport } from 'nodemailer';
import { MailRefused, MailUnavailable } from './errors.ts';
import type { CheckedMail } from './mail.ts';
import { explain, isCertain, type SmtpError } from './smtp-error.ts';
import { mustEncrypt } from './smtp-url.ts';

/** What the mail server said of one recipient. */
export interface Answer {
  readonly address: string;
  /** `waiting`: it said to come back later. */
  readonly state: 'sent' | 'refused' | 'waiting';
  readonly reason?: string;
}

/** It is not known whether the server took the mail: the connection broke before its answer. */
export class AnswerLost extends MailUnavailable {}

/** A server that is away is told within seconds; nodemailer would wait for minutes. In ms. */
const PATIENCE = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 10_000,
  socketTimeout: 60_000,
};

/**
 * Hands one mail to the SMTP server for some of its recipients, and answers what became of each. A connection for each mail: none is
 * left open that a server might close at the wrong moment.
 *
 * @throws MailUnavailable where the server took it for none and may later, AnswerLost where that is not known, MailRefused where it never will
 */
export async function deliver(
  url: string,
  mail: CheckedMail,
  addresses: readonly string[],
  { messageId, signal }: { readonly messageId: string; readonly signal?: AbortSignal | undefined },
): Promise<Answer[]> {
  const transport = createTransport({
    ...PATIENCE,
    url,
    requireTLS: mustEncrypt(url),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const told = await transport.sendMail({
      from: mail.from,
      to: [...mail.to],
      // Who has it already is still named in the mail, and is not sent it again.
      envelope: { from: mail.from.address, to: [...addresses] },
      subject: mail.subject,
      text: mail.text,
      ...(mail.html === undefined ? {} : { html: mail.html }),
      messageId,
      ...(signal ? { signal } : {}),
    });
    const errors = (told as { readonly rejectedErrors?: readonly SmtpError[] }).rejectedErrors ?? [];
    const refused = errors.map(answerOf);
    const others = new Set(refused.map(({ address }) => address));
    return [
      ...refused,
      ...addresses
        .filter((each) => !others.has(each))
        .map((address) => ({ address, state: 'sent' as const })),
    ];
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(error as SmtpError, addresses);
  } finally {
    transport.close();
  }
}

const answerOf = (error: SmtpError): Answer => ({
  address: error.recipient ?? '',
  state: error.permanent ? 'refused' : 'waiting',
  reason: explain(error),
});

/** All recipients were refused, each in its own way: that is an answer, which the caller is to note. */
export class AllRejected extends Error {
  readonly answers: readonly Answer[];
  constructor(answers: readonly Answer[]) {
    super('all recipients were rejected');
    this.answers = answers;
  }
}

function failure(error: SmtpError, addresses: readonly string[]): Error {
  const each = error.rejectedErrors?.filter(({ recipient }) => recipient !== undefined) ?? [];
  if (each.length === addresses.length) return new AllRejected(each.map(answerOf));
  const told = explain(error);
  if (error.permanent) return new MailRefused(told, { cause: error });
  if (error.responseCode !== undefined || isCertain(error))
    return new MailUnavailable(told, { cause: error });
  return new AnswerLost(told, { cause: error });
}

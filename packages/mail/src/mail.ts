import { kindOf, type Mailbox, readMailbox } from './address.ts';
import { InvalidMail } from './errors.ts';
import { checkHeader } from './header.ts';

/** A mail as it is asked for. */
export interface Mail {
  readonly subject: string;
  /** Plain text. */
  readonly message: string;
  /** Default: the mailer's own. */
  readonly fromEmail?: string | null | undefined;
  /** Each an address, or `Name <address>`. */
  readonly recipientList: readonly string[];
  readonly htmlMessage?: string | null | undefined;
}

/** A mail that can be sent. */
export interface CheckedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string | undefined;
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
}

export interface MailLimits {
  /** Recipients of one mail, default 100. */
  readonly maxRecipients: number;
  /** Text and HTML together, in bytes of UTF-8, default 1 MiB. */
  readonly maxBytes: number;
}

/** RFC 5322's longest line. */
const MAX_SUBJECT = 998;

/** @throws InvalidMail that says what is wrong with it, and where */
export function checkMail(mail: Mail, defaultFrom: string, limits: MailLimits): CheckedMail {
  const subject = textOf(mail.subject, 'subject');
  checkHeader(subject, 'subject');
  if (subject.length > MAX_SUBJECT)
    throw new InvalidMail(`subject has ${subject.length} characters, ${MAX_SUBJECT} at most`);
  const text = textOf(mail.message, 'message');
  const html = mail.htmlMessage == null ? undefined : textOf(mail.htmlMessage, 'html_message');
  const bytes = Buffer.byteLength(text) + Buffer.byteLength(html ?? '');
  if (bytes > limits.maxBytes)
    throw new InvalidMail(`message and html_message have ${bytes} bytes, ${limits.maxBytes} at most`);
  return {
    subject,
    text,
    html,
    from: readMailbox(mail.fromEmail ?? defaultFrom, 'from_email'),
    to: readRecipients(mail.recipientList, limits.maxRecipients),
  };
}

function readRecipients(list: unknown, most: number): Mailbox[] {
  if (!Array.isArray(list))
    throw new InvalidMail(`recipient_list is ${kindOf(list)}: it must be a list of addresses`);
  if (list.length === 0) throw new InvalidMail('recipient_list is empty: it must name whom the mail is for');
  if (list.length > most)
    throw new InvalidMail(`recipient_list has ${list.length} addresses, ${most} at most`);
  const boxes = list.map((each, index) => readMailbox(each, `recipient_list[${index}]`));
  // Who is named twice gets it once, under the first name.
  return boxes.filter(({ address }, index) => boxes.findIndex((box) => box.address === address) === index);
}

function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw new InvalidMail(`${where} is ${kindOf(value)}: it must be text`);
}

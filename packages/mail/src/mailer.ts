import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MailRefused, MailUnavailable } from './errors.ts';
import { type CheckedMail, checkMail, type Mail, type MailLimits } from './mail.ts';
import type { Ending, SentStore, Standing } from './sent/store.ts';
import { AllRejected, type Answer, AnswerLost, deliver } from './smtp.ts';
import { checkSmtpUrl } from './smtp-url.ts';

export interface MailerOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; a function is asked when a mail is sent. Its query sets nodemailer's options. */
  readonly url: string | (() => string);
  /** Whom mails are from that do not say: `Rota <rota@hospital.example>`. */
  readonly from: string;
  readonly sent: SentStore;
  readonly limits?: Partial<MailLimits>;
  /** Told of what an operator should know: a try that may be a repeat, a note that could not be written. Default: stderr. */
  readonly warn?: (message: string) => void;
}

export interface SendOptions {
  /** What is the same mail: sent once for each key and recipient. */
  readonly key: string;
  /** Who sends it: of two that send one mail at once, the second waits for the first. Default: the key, so nobody waits. */
  readonly owner?: string;
  readonly signal?: AbortSignal;
}

export interface Receipt {
  /** The mail's Message-ID, the same in every try: a repeat can be told by it. */
  readonly messageId: string;
  /** Whom the mail server took it for, now or in an earlier try. */
  readonly sent: readonly string[];
  /** Whom it never will, and its words. */
  readonly refused: readonly { readonly address: string; readonly reason: string }[];
  /** True when an earlier try had sent all of it, so that nothing was sent now. */
  readonly duplicate: boolean;
}

const LIMITS: MailLimits = { maxRecipients: 100, maxBytes: 1_048_576 };
/** The mail is sent: that alone is worth some patience with the store. In ms. */
const NOTE_AGAIN_AFTER = [50, 500, 2_000];

/** Sends mails by SMTP, each to each recipient once. */
export class Mailer {
  readonly #options: MailerOptions;
  readonly #limits: MailLimits;

  /** @throws InvalidMail for a `from` that is no address; Error for a URL that is none of SMTP */
  constructor(options: MailerOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    if (typeof options.url === 'string') checkSmtpUrl(options.url);
    checkMail({ subject: '', message: '', recipientList: [options.from] }, options.from, this.#limits);
  }

  /**
   * Sends it to all who do not have it yet. Resolves when the mail server took it for at least one of all, and none is to be tried again.
   *
   * @throws InvalidMail for a mail that cannot be; MailRefused where the server takes it for nobody; MailUnavailable where a later
   * call with the same key may do, which sends only what is missing
   */
  async send(mail: Mail, { key, owner = key, signal }: SendOptions): Promise<Receipt> {
    const checked = checkMail(mail, this.#options.from, this.#limits);
    const url = typeof this.#options.url === 'string' ? this.#options.url : checkSmtpUrl(this.#options.url());
    const messageId = messageIdOf(key, checked.from.address);
    const standings = await this.#begin(key, owner, checked);
    const open = standings.filter(({ state }) => state === 'open').map(({ address }) => address);
    const answers = open.length === 0 ? [] : await this.#try(url, checked, open, { key, messageId, signal });
    return receipt(messageId, standings, answers);
  }

  async #begin(key: string, owner: string, { to }: CheckedMail): Promise<Standing[]> {
    const addresses = to.map(({ address }) => address);
    let standings: Standing[];
    try {
      standings = await this.#options.sent.begin(key, addresses, owner);
    } catch (error) {
      throw new MailUnavailable(`cannot read what was sent of ${key}: ${messageOf(error)}`, { cause: error });
    }
    if (standings.some(({ state }) => state === 'busy')) {
      const ours = standings.filter(({ state }) => state === 'open');
      await this.#note(
        key,
        ours.map(({ address }) => ({ address, state: 'waiting' })),
      );
      throw new MailUnavailable(`mail ${key} is being sent by another task at this moment`);
    }
    const uncertain = standings.filter((each) => each.uncertain).length;
    if (uncertain > 0)
      this.#warn(
        `mail ${key}: a try ended without a word, so ${uncertain} of ${addresses.length} may get it twice`,
      );
    return standings;
  }

  async #try(
    url: string,
    mail: CheckedMail,
    open: readonly string[],
    how: { readonly key: string; readonly messageId: string; readonly signal: AbortSignal | undefined },
  ): Promise<readonly Answer[]> {
    try {
      const answers = await deliver(url, mail, open, how);
      await this.#note(how.key, answers);
      return answers;
    } catch (error) {
      if (error instanceof AllRejected) {
        await this.#note(how.key, error.answers);
        return error.answers;
      }
      const certain =
        (error instanceof MailUnavailable && !(error instanceof AnswerLost)) || error instanceof MailRefused;
      // A refusal of the whole mail may be of its sender or its text, which can be mended: it is not held against the recipients.
      if (certain)
        await this.#note(
          how.key,
          open.map((address) => ({ address, state: 'waiting' })),
        );
      throw error;
    }
  }

  /** What the server said stands, whether it can be noted or not: to fail now would send the mail again. */
  async #note(key: string, endings: readonly Ending[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#options.sent.end(key, endings);
        return;
      } catch (error) {
        const wait = NOTE_AGAIN_AFTER[attempt];
        if (wait === undefined) {
          this.#warn(
            `mail ${key}: cannot note that it was handled, so a redelivery would send it again: ${messageOf(error)}`,
          );
          return;
        }
        await sleep(wait);
      }
    }
  }

  #warn(message: string): void {
    (this.#options.warn ?? console.error)(message);
  }
}

/** @throws MailUnavailable or MailRefused where this is no success */
function receipt(messageId: string, standings: readonly Standing[], answers: readonly Answer[]): Receipt {
  const all: readonly { address: string; state: string; reason?: string | null }[] = [
    ...standings.filter(({ state }) => state !== 'open'),
    ...answers,
  ];
  const of = (state: string) => all.filter((each) => each.state === state);
  const told = (some: typeof all) => some.map(({ address, reason }) => `${address}: ${reason}`).join('; ');
  if (of('waiting').length > 0) throw new MailUnavailable(told(of('waiting')));
  if (of('sent').length === 0) throw new MailRefused(told(of('refused')));
  return {
    messageId,
    sent: of('sent').map(({ address }) => address),
    refused: of('refused').map(({ address, reason }) => ({ address, reason: reason ?? '' })),
    duplicate: answers.length === 0,
  };
}

/** The same for every try, and telling nothing of the key. */
function messageIdOf(key: string, from: string): string {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

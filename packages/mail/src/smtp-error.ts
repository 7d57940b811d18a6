/** What nodemailer tells of a failure. */
export interface SmtpError extends NodeJS.ErrnoException {
  readonly responseCode?: number;
  readonly response?: string;
  /** By nodemailer: an answer of 5xx, but for 503. */
  readonly permanent?: boolean;
  readonly recipient?: string;
  readonly rejectedErrors?: readonly SmtpError[];
  readonly originalCode?: string;
  readonly timeoutType?: string;
}

/** Failures before the server can have had any of the mail. */
const BEFORE_THE_MAIL = new Set(['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EPROXY', 'ECONFIG']);
const NO_CONNECTION = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const BEFORE_TIMEOUTS = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT']);

/** Whether it is certain, without an answer, that the server does not have the mail. */
export const isCertain = ({ code, originalCode, timeoutType }: SmtpError): boolean =>
  BEFORE_THE_MAIL.has(code ?? '') ||
  NO_CONNECTION.has(originalCode ?? code ?? '') ||
  BEFORE_TIMEOUTS.has(timeoutType ?? '');

/** The server's own words where it had any, on one line. */
export function explain(error: SmtpError): string {
  const told = error.response ?? error.message;
  return `the mail server ${error.response ? 'answered' : 'cannot be used'}: ${told.replace(/\s+/g, ' ').trim().slice(0, 500)}`;
}

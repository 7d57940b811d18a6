/** The mail server is away, or says to come back later: a later try may do. */
export class MailUnavailable extends Error {
  override readonly name = 'MailUnavailable';
}

/** The mail server will never take this mail (an answer of 5xx): trying again is of no use. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** This is no mail that could be sent: an address that is none, a line break in a header, a template that is not there. */
export class InvalidMail extends Error {
  override readonly name = 'InvalidMail';
}

import { InvalidMail } from './errors.ts';

const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/**
 * What becomes part of a header is one line. A line break in it would begin a header, or a mail, of the sender's choice.
 * @throws InvalidMail that says which character is where
 */
export function checkHeader(text: string, where: string): void {
  const found = CONTROL.exec(text);
  if (!found) return;
  const code = found[0].codePointAt(0)!.toString(16).padStart(4, '0').toUpperCase();
  throw new InvalidMail(
    `${where} has the control character U+${code} at ${found.index}: a header is one line, and a break in it could add others`,
  );
}

/** JSON in which Python's bare literals are written as numbers that occur nowhere else in it. */
export interface HiddenLiterals {
  readonly text: string;
  /** The number that stands for NaN. */
  readonly nan: string;
  /** A text made from this one, with the literals back in it. */
  restore(text: string): string;
}

/**
 * Python's bare literals NaN, Infinity and -Infinity, outside strings, replaced by numbers that are valid JSON.
 * Undefined when there are none.
 */
export function hideLiterals(text: string): HiddenLiterals | undefined {
  if (!text.includes('NaN') && !text.includes('Infinity')) return undefined;
  const nan = absentNumber(text, '0e7');
  const infinity = absentNumber(text, '1e999');
  const result = mapOutsideStrings(text, (plain) =>
    plain.replace(/\bNaN\b/g, nan).replace(/\bInfinity\b/g, infinity),
  );
  if (result === text) return undefined;
  return {
    text: result,
    nan,
    restore: (later) => later.replaceAll(nan, 'NaN').replaceAll(infinity, 'Infinity'),
  };
}

/** JSON with every stretch between its strings changed, and the strings as they were. */
export function mapOutsideStrings(text: string, change: (plain: string) => string): string {
  let result = '';
  for (let from = 0; from < text.length; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return result + change(text.slice(from));
    const end = stringEnd(text, quote);
    result += change(text.slice(from, quote)) + text.slice(quote, end);
    from = end;
  }
  return result;
}

/** The index after the closing quote of the string that opens at `quote`. */
function stringEnd(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
  }
  return text.length;
}

/** `stem` with digits appended until the text does not hold it. */
function absentNumber(text: string, stem: string): string {
  let number = stem;
  while (text.includes(number)) number += '7';
  return number;
}

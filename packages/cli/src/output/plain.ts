import { stripVTControlCharacters } from 'node:util';

/**
 * What others wrote (a task's arguments, an exception, a host's name) made harmless for a terminal: sequences that
 * colour or move the cursor are dropped, and whatever else could steer it, or turn the text around, shows as an escape.
 */

const TAB = '    ';
/** C0 and C1 controls, separators of lines, and what overrides the direction of writing. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** On one line; its line ends show as `\n`. */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text).replace(STEERING, escaped);
}

/** Line by line, without blank lines at the end. */
export function plainLines(text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => plainLine(line.replaceAll('\t', TAB)));
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return NAMED[char] ?? (code <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}

/** JSON as before for programs, with the controls that JSON lets through escaped: C1 and the directions. */
export function plainJson(json: string): string {
  return json.replace(STEERING, (char) =>
    char === '\n' ? char : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

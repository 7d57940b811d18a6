/** Parts of a line of Python, as far as literals need: everything else is 'other'. */
export type Token =
  | { readonly kind: 'string'; readonly value: string; readonly at: number; readonly end: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number; readonly end: number }
  | { readonly kind: 'name'; readonly value: string; readonly at: number; readonly end: number }
  | { readonly kind: 'mark'; readonly value: string; readonly at: number; readonly end: number }
  /** The end of a statement: of a line, outside of brackets. */
  | { readonly kind: 'end'; readonly value: ''; readonly at: number; readonly end: number }
  /** A string with values in it or of bytes, or what no literal has. */
  | { readonly kind: 'other'; readonly value: string; readonly at: number; readonly end: number };

const BLANK = /(?:[ \t\f]|\\\r?\n|#[^\n]*)+/y;
const NUMBER =
  /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const STRING = /([rRuUbBfF]{0,2})('''|"""|'|")/y;
const MARK = /\*\*|\/\/|[=!<>]=|->|:=|[+\-*/%|&^]=|[()[\]{},:=+\-*/.%@|&^~<>;]/y;

/** The tokens of a module. Never fails: what it cannot read is a token of kind 'other'. */
export function* tokensOf(text: string): Generator<Token> {
  let at = 0;
  let depth = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const start = at;
    const blank = match(BLANK);
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const line = match(/\r?\n/y);
    if (line) {
      at += line[0].length;
      if (depth === 0) yield { kind: 'end', value: '', at: start, end: start };
      continue;
    }
    const quote = match(STRING);
    if (quote) {
      const string = readString(text, at, quote[1]!.toLowerCase(), quote[2]!);
      at = string.end;
      yield string;
      continue;
    }
    const [number, name, mark] = [match(NUMBER), match(NAME), match(MARK)];
    const value = (number ?? name ?? mark)?.[0] ?? text[at]!;
    at += value.length;
    const place = { at: start, end: at };
    if (number) yield { kind: 'number', value: numberOf(value), ...place };
    else if (name) yield { kind: 'name', value, ...place };
    else if (mark) {
      if ('([{'.includes(value)) depth += 1;
      if (')]}'.includes(value)) depth = Math.max(0, depth - 1);
      yield value === ';'
        ? { kind: 'end', value: '', at: start, end: start }
        : { kind: 'mark', value, ...place };
    } else yield { kind: 'other', value, ...place };
  }
  yield { kind: 'end', value: '', at, end: at };
}

const numberOf = (text: string): number => Number(text.replaceAll('_', ''));

function readString(text: string, from: number, prefix: string, quote: string): Token {
  let at = from + prefix.length + quote.length;
  let value = '';
  while (at < text.length && !text.startsWith(quote, at)) {
    // A plain string does not go over the end of its line: it was no string.
    if (quote.length === 1 && text[at] === '\n') return { kind: 'other', value, at: from, end: at };
    if (text[at] !== '\\') {
      value += text[at];
      at += 1;
      continue;
    }
    const sequence = prefix.includes('r') ? raw(text, at) : escaped(text, at);
    value += sequence.value;
    at += sequence.length;
  }
  const place = { at: from, end: Math.min(text.length, at + quote.length) };
  // What an f-string is, only Python knows; bytes have no place in a setting.
  return { kind: /[fb]/.test(prefix) || at >= text.length ? 'other' : 'string', value, ...place };
}

const raw = (text: string, at: number) => ({ value: text.slice(at, at + 2), length: 2 });

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
  '0': '\0',
};

function escaped(text: string, at: number): { value: string; length: number } {
  const code = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/y;
  code.lastIndex = at;
  const match = code.exec(text);
  const hex = match?.[1] ?? match?.[2] ?? match?.[3];
  const point = hex === undefined ? Number.NaN : Number.parseInt(hex, 16);
  if (match && point <= 0x10ffff) return { value: String.fromCodePoint(point), length: match[0].length };
  const simple = SIMPLE[text[at + 1] ?? ''];
  // As Python: an escape that means nothing stays as it is written.
  return simple === undefined ? raw(text, at) : { value: simple, length: 2 };
}

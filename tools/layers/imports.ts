/** What a file imports. */
export interface Import {
  /** As written. */
  readonly target: string;
  readonly line: number;
  /** 'load': `import()`, when it is reached. 'path': a file named by `new URL(…, import.meta.url)`. */
  readonly kind: 'static' | 'load' | 'path';
  /** Types only: gone at run time. */
  readonly typeOnly: boolean;
}

// \x60 is a backtick: one in a regular expression would look like the start of a text.
const STATIC = /^[ \t]*(import|export)\b(\s+type\b)?([^'"\x60;]*?\bfrom)?\s*(['"])([^'"\n]+)\4/gm;
const LOAD = /\bimport\(\s*(['"])([^'"\n]+)\1/g;
const PATH = /new URL\(\s*(['"])([^'"\n]+)\1,\s*import\.meta\.url/g;

/** Reads the imports off a source text. Comments and texts between backticks are passed over. */
export function importsOf(source: string): Import[] {
  const code = blank(source);
  const found: Import[] = [];
  const add = (index: number, target: string | undefined, kind: Import['kind'], typeOnly: boolean): void => {
    if (target !== undefined)
      found.push({ target, line: code.slice(0, index).split('\n').length, kind, typeOnly });
  };
  for (const match of code.matchAll(STATIC)) {
    const [text, , type, from, , target] = match;
    // Without 'from' only a bare import names a module.
    if (from === undefined && !/^\s*import\s*['"]/.test(text)) continue;
    add(match.index + text.length, target, 'static', type !== undefined);
  }
  for (const match of code.matchAll(LOAD)) add(match.index, match[2], 'load', false);
  for (const match of code.matchAll(PATH)) add(match.index, match[2], 'path', false);
  return found;
}

/** The same text with comments and template texts as blanks: line numbers stay. */
function blank(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(?<![:'"\\])\/\/[^\n]*|\x60(?:\\[\s\S]|[^\x60\\])*\x60/g, (text) =>
    text.replace(/[^\n]/g, ' '),
  );
}

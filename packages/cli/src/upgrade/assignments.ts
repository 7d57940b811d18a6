import { type Literal, readLiteral } from './python-literal.ts';
import { type Token, tokensOf } from './python-tokens.ts';

/** One `NAME = value` of a Python module. */
export interface Assignment {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly literal: Literal;
  /** The value as it is written in Python. */
  readonly source: string;
  /** It stands in an `if`, a class or a function: only Python knows whether it is run. */
  readonly nested: boolean;
}

/**
 * The assignments of a Python module to plain names, in their order: also with a type (`NAME: int = 1`), to several
 * names at once (`A = B = 1`), to the settings of an app (`app.conf.NAME = 1`), and of what is added (`NAME += [1]`),
 * which is no literal.
 */
export function assignmentsOf(text: string): Assignment[] {
  return statementsOf(text).flatMap((tokens) => {
    const { names, value, adds } = targets(tokens);
    const [first] = tokens;
    const [from] = value;
    if (!first || !from) return [];
    const nested = first.at > 0 && text[first.at - 1] !== '\n';
    const source = text.slice(from.at, value.at(-1)!.end);
    const literal: Literal = nested || adds ? { read: false } : readLiteral(value);
    const line = text.slice(0, first.at).split('\n').length;
    return names.map((name) => ({ name, line, literal, source, nested }));
  });
}

function statementsOf(text: string): Token[][] {
  const statements: Token[][] = [[]];
  for (const token of tokensOf(text)) {
    if (token.kind === 'end') statements.push([]);
    else statements.at(-1)!.push(token);
  }
  return statements.filter((tokens) => tokens.length > 0);
}

interface Targets {
  readonly names: readonly string[];
  /** What is on the right of the last `=`. */
  readonly value: readonly Token[];
  readonly adds: boolean;
}

function targets(tokens: readonly Token[]): Targets {
  const names: string[] = [];
  let rest = tokens;
  for (;;) {
    rest = withoutConf(rest);
    const name = rest[0];
    const adds = isMark(rest[1], '+=');
    const equals = adds ? 1 : equalsAfter(rest);
    if (name?.kind !== 'name' || equals === undefined) {
      return { names, value: names.length > 0 ? rest : [], adds: false };
    }
    names.push(name.value);
    rest = rest.slice(equals + 1);
    if (adds) return { names, value: rest, adds };
  }
}

/** `app.conf.` before the name of a setting. */
function withoutConf(tokens: readonly Token[]): readonly Token[] {
  const [app, dot, conf, dot2] = tokens;
  const given = app?.kind === 'name' && isMark(dot, '.') && conf?.value === 'conf' && isMark(dot2, '.');
  return given ? tokens.slice(4) : tokens;
}

/** Where the `=` after a name is, or after its type. */
function equalsAfter(tokens: readonly Token[]): number | undefined {
  if (isMark(tokens[1], '=')) return 1;
  if (!isMark(tokens[1], ':')) return undefined;
  const at = tokens.findIndex((token) => isMark(token, '='));
  return at === -1 ? undefined : at;
}

const isMark = (token: Token | undefined, value: string): boolean =>
  token?.kind === 'mark' && token.value === value;

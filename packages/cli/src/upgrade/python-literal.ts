import type { Token } from './python-tokens.ts';

/** A literal of Python, as JavaScript has it; `read: false` for anything that would have to be run to be known. */
export type Literal = { readonly read: true; readonly value: unknown } | { readonly read: false };

/** Thrown inside of this file only. */
class NotLiteral extends Error {}

/**
 * The value of an expression that is a literal: texts, numbers, True, False, None, lists, tuples and sets (as arrays),
 * dicts with texts or numbers as keys (as objects), sums and products of numbers, and `timedelta` of numbers (as seconds).
 */
export function readLiteral(tokens: readonly Token[]): Literal {
  const reader = new Reader(tokens);
  try {
    const value = reader.all();
    return { read: true, value };
  } catch (error) {
    if (error instanceof NotLiteral) return { read: false };
    throw error;
  }
}

const CONSTANTS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

/** Seconds of each argument of `timedelta`, in the order of those without a name. */
const UNITS = new Map(
  Object.entries({
    days: 86_400,
    seconds: 1,
    microseconds: 1e-6,
    milliseconds: 1e-3,
    minutes: 60,
    hours: 3600,
    weeks: 604_800,
  }),
);

/** Deeper than any settings; a file of brackets must not exhaust the stack. */
const MOST_DEPTH = 100;

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  all(): unknown {
    // A tuple needs no brackets: A = 1, 2
    const first = this.#sum();
    if (this.#at === this.#tokens.length) return first;
    const items = [first];
    while (this.#take(',')) if (this.#at < this.#tokens.length) items.push(this.#sum());
    if (this.#at < this.#tokens.length) throw new NotLiteral();
    return items;
  }

  #sum(): unknown {
    let value = this.#product();
    for (;;) {
      if (this.#take('+')) value = number(value) + number(this.#product());
      else if (this.#take('-')) value = number(value) - number(this.#product());
      else return value;
    }
  }

  #product(): unknown {
    let value = this.#unary();
    for (;;) {
      if (this.#take('*')) value = number(value) * number(this.#unary());
      else if (this.#take('/')) value = number(value) / number(this.#unary());
      else if (this.#take('**')) value = number(value) ** number(this.#unary());
      else return value;
    }
  }

  #unary(): unknown {
    if (this.#take('-')) return -number(this.#unary());
    if (this.#take('+')) return number(this.#unary());
    return this.#atom();
  }

  #atom(): unknown {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind === 'number') return token.value;
    if (token?.kind === 'string') return this.#joined(token.value);
    if (token?.kind === 'name') return this.#named(token.value);
    if (token?.kind !== 'mark') throw new NotLiteral();
    this.#depth += 1;
    if (this.#depth > MOST_DEPTH) throw new NotLiteral();
    const value = this.#bracketed(token.value);
    this.#depth -= 1;
    return value;
  }

  /** Texts that stand side by side are one. */
  #joined(first: string): string {
    let text = first;
    for (let next = this.#tokens[this.#at]; next?.kind === 'string'; next = this.#tokens[this.#at]) {
      text += next.value;
      this.#at += 1;
    }
    return text;
  }

  #named(name: string): unknown {
    if (Object.hasOwn(CONSTANTS, name)) return CONSTANTS[name];
    if (name === 'timedelta') return this.#timedelta();
    if (name === 'datetime' && this.#take('.') && this.#takeName('timedelta')) return this.#timedelta();
    throw new NotLiteral();
  }

  #bracketed(open: string): unknown {
    if (open === '[') return this.#items(']').items;
    if (open === '{') return this.#dictOrSet();
    if (open !== '(') throw new NotLiteral();
    const { items, commas } = this.#items(')');
    return items.length === 1 && commas === 0 ? items[0] : items;
  }

  #items(close: string): { items: unknown[]; commas: number } {
    const items: unknown[] = [];
    let commas = 0;
    while (!this.#take(close)) {
      items.push(this.#sum());
      if (this.#take(',')) commas += 1;
      else if (!this.#is(close)) throw new NotLiteral();
    }
    return { items, commas };
  }

  #dictOrSet(): unknown {
    if (this.#take('}')) return {};
    const first = this.#sum();
    if (!this.#take(':')) {
      if (this.#take(',')) return [first, ...this.#items('}').items];
      if (this.#take('}')) return [first];
      throw new NotLiteral();
    }
    const entries: [string, unknown][] = [[key(first), this.#sum()]];
    while (!this.#take('}')) {
      if (!this.#take(',')) throw new NotLiteral();
      if (this.#take('}')) break;
      const name = key(this.#sum());
      if (!this.#take(':')) throw new NotLiteral();
      entries.push([name, this.#sum()]);
    }
    return Object.fromEntries(entries);
  }

  #timedelta(): number {
    if (!this.#take('(')) throw new NotLiteral();
    let seconds = 0;
    for (const unit of UNITS.keys()) {
      if (this.#take(')')) return seconds;
      const token = this.#tokens[this.#at];
      const named = token?.kind === 'name' ? token.value : undefined;
      if (named !== undefined) {
        this.#at += 1;
        if (!this.#take('=')) throw new NotLiteral();
      }
      const factor = UNITS.get(named ?? unit);
      if (factor === undefined) throw new NotLiteral();
      seconds += factor * number(this.#sum());
      if (!this.#take(',') && !this.#is(')')) throw new NotLiteral();
    }
    if (!this.#take(')')) throw new NotLiteral();
    return seconds;
  }

  #is(mark: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'mark' && token.value === mark;
  }

  #take(mark: string): boolean {
    if (!this.#is(mark)) return false;
    this.#at += 1;
    return true;
  }

  #takeName(name: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name' || token.value !== name) return false;
    this.#at += 1;
    return true;
  }
}

function number(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new NotLiteral();
}

function key(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new NotLiteral();
}

/**
 * A statement of ours. It names tables as `lovage.messages`, whatever the schema is called, and is prepared on
 * connections that are ours alone.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** May be run again where it is unknown whether it has run. */
  readonly repeatable: boolean;
  /** Longer than a call may take, in ms, for what works through many rows. */
  readonly limitMs?: number;
}

const names = new Set<string>();

/** A statement that changes something, and would change more if it ran twice. */
export function statement(name: string, text: string, more: { readonly limitMs?: number } = {}): Statement {
  return begin(name, { text, repeatable: false, ...more });
}

/** A statement that reads, or that comes to the same however often it runs. */
export function repeatable(name: string, text: string, more: { readonly limitMs?: number } = {}): Statement {
  return begin(name, { text, repeatable: true, ...more });
}

/** PostgreSQL knows a prepared statement by its name alone. */
function begin(name: string, rest: Omit<Statement, 'name'>): Statement {
  if (names.has(name)) throw new Error(`two statements are named ${name}`);
  names.add(name);
  return { name: `lovage ${name}`, ...rest };
}

/** Epoch ms by the clock of the server, which all processes share, when the statement began: an index may be asked by it. */
export const NOW_MS = '(extract(epoch from statement_timestamp()) * 1000)::int8';

/** A text of ours, for a schema of another name. */
export function inSchema(text: string, schema: string): string {
  return schema === 'lovage' ? text : text.replaceAll('lovage.', `${schema}.`);
}

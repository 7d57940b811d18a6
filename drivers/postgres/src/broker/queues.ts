import type { QueueSpec } from '@lovage/contracts';
import { textArray } from '../database/arrays.ts';
import type { Session } from '../database/session.ts';
import { repeatable, type Statement } from '../database/statement.ts';

const FIND = repeatable('find queues', 'select id, name from lovage.queues where name = any($1::text[])');
const ADD = repeatable(
  'add queues',
  `insert into lovage.queues (name) select name from unnest($1::text[]) as t(name) order by name
    on conflict (name) do nothing`,
);
const BURY = repeatable(
  'bury',
  `update lovage.queues q set dead_letter = dead.id
    from unnest($1::text[], $2::text[]) as t(name, dead_letter) join lovage.queues dead on dead.name = t.dead_letter
    where q.name = t.name and q.dead_letter is distinct from dead.id`,
);

/** How queues are kept. */
export interface QueueStatements {
  /** Answers `id` and `name` of those of the names that exist. */
  readonly find: Statement;
  /** Makes those of the names that do not exist. */
  readonly add: Statement;
  /** The first names get the second ones as their dead-letter queues. */
  readonly bury: Statement;
}

const OURS: QueueStatements = { find: FIND, add: ADD, bury: BURY };

/** The numbers by which messages name their queues. A queue is never removed, so what is known stays true. */
export class Queues {
  readonly #database: Session;
  readonly #statements: QueueStatements;
  readonly #known = new Map<string, number>();

  constructor(database: Session, statements: QueueStatements = OURS) {
    this.#database = database;
    this.#statements = statements;
  }

  /** Numbers of those that exist. */
  async find(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const missing = names.filter((name) => !this.#known.has(name));
    if (missing.length > 0) await this.#learn(missing);
    return this.#known;
  }

  /** The same, and what does not exist is made. */
  async make(names: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const missing = [...new Set(names)].filter((name) => !this.#known.has(name));
    if (missing.length === 0) return this.#known;
    await this.#learn(missing);
    const unknown = missing.filter((name) => !this.#known.has(name));
    if (unknown.length > 0) {
      await this.#database.run(this.#statements.add, [textArray(unknown)]);
      await this.#learn(unknown);
    }
    return this.#known;
  }

  ofRows(
    rows: readonly { readonly queue: string }[],
  ): Promise<ReadonlyMap<string, number>> | ReadonlyMap<string, number> {
    if (rows.every((row) => this.#known.has(row.queue))) return this.#known;
    return this.make(rows.map((row) => row.queue));
  }

  /** A queue keeps its dead-letter queue when declared again without. */
  async declare(specs: readonly QueueSpec[]): Promise<void> {
    const buried = specs.filter((spec) => spec.deadLetter !== undefined);
    await this.make(
      specs.flatMap(({ name, deadLetter }) => (deadLetter === undefined ? [name] : [name, deadLetter])),
    );
    if (buried.length === 0) return;
    const names = textArray(buried.map((spec) => spec.name));
    const dead = textArray(buried.map((spec) => spec.deadLetter!));
    await this.#database.run(this.#statements.bury, [names, dead]);
  }

  async #learn(names: readonly string[]): Promise<void> {
    const rows = await this.#database.run<{ readonly id: number; readonly name: string }>(
      this.#statements.find,
      [textArray(names)],
    );
    for (const { id, name } of rows) this.#known.set(name, id);
  }
}

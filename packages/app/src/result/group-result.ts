import type { ResultTuple } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { RevokeOptions } from '../control/control.ts';
import type { AsyncResult, GetOptions } from './async-result.ts';
import { collect } from './collect.ts';
import { forgetGroup, savedGroup, saveGroup } from './saved-groups.ts';

type Member = AsyncResult | GroupResult;

/** One member that has ended. */
export interface MemberEnd {
  readonly index: number;
  readonly result: Member;
  /** The member's value; a TaskError where it failed and `propagate` is false. */
  readonly value: unknown;
}

/**
 * The results of a group, in the order of its members. As with AsyncResult, its questions are methods that answer promises.
 *
 * @example
 * const prices = await (await group(ids.map((id) => price.s(id))).delay()).get({ timeout: 10 });
 */
export class GroupResult<Values extends readonly unknown[] = readonly unknown[]> {
  readonly id: string;
  readonly results: readonly Member[];
  /** The result of what ran before the group, where it is known. */
  readonly parent: Member | undefined;
  readonly #app: App;

  constructor(app: App, id: string, results: readonly Member[], parent?: Member) {
    this.#app = app;
    this.id = id;
    this.results = results;
    this.parent = parent;
  }

  /** The results of a group that was saved, maybe by another process; undefined when none is kept under that id. */
  static async restore(app: App, id: string): Promise<GroupResult | undefined> {
    const tuple = await savedGroup(app, id);
    return tuple && (app.resultFrom(tuple) as GroupResult);
  }

  /** How many members it has. */
  get length(): number {
    return this.results.length;
  }

  /**
   * Wait for all, and answer their results in order.
   * @throws TaskError of the first in order that failed, unless `propagate` is false; TimeoutError when not all have
   * ended after `timeout`; WouldBlockError inside a task
   */
  async get(options: GetOptions = {}): Promise<Values> {
    // All wait at once, so that the timeout is that of the whole; the first in order that failed is told.
    const ends = await Promise.allSettled(this.results.map((result) => result.get(options)));
    return ends.map((end) => {
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    }) as unknown as Values;
  }

  /** Celery's name for `get`. */
  join(options: GetOptions = {}): Promise<Values> {
    return this.get(options);
  }

  /**
   * The members as they end, whatever their order.
   *
   * @example
   * for await (const { index, value } of groupResult.iterate({ propagate: false })) show(index, value);
   */
  async *iterate(options: GetOptions = {}): AsyncGenerator<MemberEnd, void> {
    const waiting = new Map<number, Promise<MemberEnd>>();
    for (const [index, result] of this.results.entries()) {
      const end = result.get(options).then((value): MemberEnd => ({ index, result, value }));
      // Told when it is awaited below; until then nobody may be there to hear of it.
      end.catch(() => {});
      waiting.set(index, end);
    }
    while (waiting.size > 0) {
      const end = await Promise.race(waiting.values());
      waiting.delete(end.index);
      yield end;
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<MemberEnd, void> {
    return this.iterate();
  }

  /** How many have succeeded. */
  async completedCount(): Promise<number> {
    return count(await this.#ask((result) => result.successful()));
  }

  /** Have all ended, one way or the other? */
  async ready(): Promise<boolean> {
    return (await this.#ask((result) => result.ready())).every(Boolean);
  }

  /** Have all succeeded? */
  async successful(): Promise<boolean> {
    return (await this.#ask((result) => result.successful())).every(Boolean);
  }

  /** Has one failed? */
  async failed(): Promise<boolean> {
    return (await this.#ask((result) => result.failed())).some(Boolean);
  }

  /** Is one still to end? */
  async waiting(): Promise<boolean> {
    return !(await this.ready());
  }

  /** Ask all workers not to run its members. */
  async revoke(options: RevokeOptions = {}): Promise<void> {
    if (this.length > 0) await this.#app.control.revoke(this.#ids(), options);
  }

  /** Drop what is kept of its members, and of the group itself. */
  async forget(): Promise<void> {
    const results = await this.#app.resultBackend();
    await results.forget(this.#ids());
    await forgetGroup(this.#app, this.id);
  }

  /** Keep which results belong to it, so that another process finds them by its id. */
  async save(): Promise<this> {
    await saveGroup(this.#app, this.id, this.asTuple());
    return this;
  }

  /** Its members: what comes of a group is what comes of them. */
  children(): Promise<readonly Member[]> {
    return Promise.resolve(this.results);
  }

  /** This result and those of all that came of it. See AsyncResult. */
  collect(options: GetOptions = {}): AsyncGenerator<readonly [Member, unknown], void> {
    return collect(this, options);
  }

  /** Its form in result documents and on the wire: `[[id, parent], members]`. */
  asTuple(): ResultTuple {
    const members = this.results.map((result) => result.asTuple());
    return [[this.id, this.parent?.asTuple() ?? null], members];
  }

  #ask(question: (result: Member) => Promise<boolean>): Promise<boolean[]> {
    return Promise.all(this.results.map(question));
  }

  #ids(): string[] {
    return this.results.flatMap((result) => (result instanceof GroupResult ? result.#ids() : [result.id]));
  }
}

const count = (answers: readonly boolean[]): number => answers.filter(Boolean).length;

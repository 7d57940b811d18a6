import type { SignatureDict, StampHeaders, StampingVisitor } from '@lovage/protocol';
import {
  changeTail,
  pipe,
  shapeOf,
  stampTasks,
  tailOf,
  withArguments,
  withLinks,
  withOptions,
} from '@lovage/protocol';
import type { App } from '../app.ts';
import { checkCallOptions } from '../call/check-options.ts';
import { runWorkflow } from '../call/eager.ts';
import type { CallOptions, Link } from '../call/options.ts';
import { wireOptions } from '../call/wire-options.ts';
import { InvalidCall } from '../errors.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { GroupResult } from '../result/group-result.ts';
import { appHere } from '../task/shared.ts';
import { applyWorkflow } from './apply.ts';
import { type StampOptions, stamped } from './stamping.ts';
import type { AnyWorkflow, Fits, ResultOf, ValueOf } from './types.ts';

type ArgumentsOf<Open> = Open extends readonly unknown[] ? Open : never;

/**
 * Something that can be sent: a call of one task, or a chain, group or chord of such. A value: nothing changes it, and it
 * may be sent as often as one likes.
 * `Value` is what it gives, `Open` the arguments it still takes, `Result` what sending it answers.
 */
export abstract class Workflow<Value = unknown, Open = readonly unknown[], Result = AsyncResult<Value>> {
  /** Never there, like the two after it: they carry types. */
  declare readonly gives?: Value;
  declare readonly takes?: Open;
  declare readonly answers?: Result;

  abstract readonly app: App;
  /** Its form on the wire, in Celery's names. */
  abstract toJSON(): SignatureDict;

  /**
   * What this gives is given to the next: Celery's `|`. What follows a group is given the list of its results.
   *
   * @example
   * const result = await add.s(1, 2).pipe(double.s()).delay();
   */
  pipe<Next extends AnyWorkflow>(
    next: Next & Fits<Next, ValueOf<this>>,
  ): Canvas<ValueOf<Next>, Open, ResultOf<Next>> {
    return new Canvas(this.app, pipe(this.toJSON(), (next as AnyWorkflow).toJSON()));
  }

  /**
   * The same with stamps on each of its tasks and on what is linked to them. They are kept wherever it goes: by retries,
   * chain steps, group members, chord bodies and callbacks. A stamp of the same name is replaced.
   * @param stamps Values by name, or a visitor that decides on them task by task
   * @throws InvalidCall for a stamp that is no JSON value, or has the name of an option of calls or a field of results
   *
   * @example
   * await chain(fetchPage.s(url), countWords.s()).stamp({ user: 'u1' }).delay();
   * await app.control.revokeByStampedHeaders({ user: 'u1' });
   */
  abstract stamp(
    stamps: StampHeaders | StampingVisitor,
    options?: StampOptions,
  ): Workflow<Value, Open, Result>;

  /** Send it, with these arguments in front of those of its first tasks, unless they are immutable. */
  abstract delay(...args: ArgumentsOf<Open>): Promise<Result>;

  /**
   * The same with options: of a chain they are for its first task, of a group or chord for all its tasks. Stamps are for
   * all tasks of a chain too.
   */
  abstract applyAsync(args?: ArgumentsOf<Open>, options?: CallOptions): Promise<Result>;

  /** Run all of it here and now, without a broker. */
  abstract apply(args?: ArgumentsOf<Open>, options?: CallOptions): Promise<Result>;
}

/** A chain, a group or a chord. Made by `chain`, `group`, `chord` and `pipe`. */
export class Canvas<Value = unknown, Open = readonly unknown[], Result = AsyncResult<Value>> extends Workflow<
  Value,
  Open,
  Result
> {
  readonly #app: App | undefined;
  readonly #dict: SignatureDict;

  constructor(app: App | undefined, dict: SignatureDict) {
    super();
    this.#app = app;
    this.#dict = dict;
  }

  /** That of its tasks; undefined while it has none. */
  get ownApp(): App | undefined {
    return this.#app;
  }

  /** That of its first task; of an empty group, the only one there is. */
  get app(): App {
    return this.#app ?? appHere('a group without members');
  }

  toJSON(): SignatureDict {
    return this.#dict;
  }

  /** The same with these options over its own. */
  set(options: CallOptions): Canvas<Value, Open, Result> {
    checkCallOptions(this.#dict.task, options);
    return this.#with(said(this.#dict, options));
  }

  /** The same with these arguments in front and these options over its own. */
  clone(
    args: ArgumentsOf<Open> | [] = [],
    options: CallOptions = {},
  ): Canvas<Value, readonly unknown[], Result> {
    checkCallOptions(this.#dict.task, options);
    return new Canvas(this.#app, said(given(this.#dict, args, {}), options));
  }

  override stamp(
    stamps: StampHeaders | StampingVisitor,
    options?: StampOptions,
  ): Canvas<Value, Open, Result> {
    return this.#with(stamped(this.#dict, stamps, options));
  }

  /**
   * The same, with one more signature that follows the success of its end.
   * @throws InvalidCall for what ends in a group: that has no single end
   */
  link(next: Link): Canvas<Value, Open, Result> {
    return this.#with(linked(this.#dict, next));
  }

  /** The same, with one more signature that follows the failure of any of its tasks; of a chord, of its body. */
  linkError(next: Link): Canvas<Value, Open, Result> {
    return this.#with(withLinks(this.#dict, 'link_error', [dictOf(next)]));
  }

  delay(...args: ArgumentsOf<Open>): Promise<Result> {
    return this.applyAsync(args);
  }

  async applyAsync(args?: ArgumentsOf<Open>, options: CallOptions = {}): Promise<Result> {
    const { app } = this;
    if (app.conf.taskAlwaysEager) return this.apply(args, options);
    return (await applyWorkflow(app, this.#called(args, options))) as Result;
  }

  async apply(args?: ArgumentsOf<Open>, options: CallOptions = {}): Promise<Result> {
    return (await runWorkflow(this.app, this.#called(args, options))) as Result;
  }

  #called(args: readonly unknown[] = [], options: CallOptions): SignatureDict {
    checkCallOptions(this.#dict.task, options);
    return said(given(this.#dict, args, options.kwargs ?? {}), options);
  }

  #with(dict: SignatureDict): Canvas<Value, Open, Result> {
    return new Canvas(this.#app, dict);
  }
}

/** Signatures that run side by side. Made by `group`. */
export class Group<Values = readonly unknown[], Open = readonly unknown[]> extends Canvas<
  Values,
  Open,
  GroupResult<Values extends readonly unknown[] ? Values : readonly unknown[]>
> {
  declare readonly members: Values;

  override stamp(stamps: StampHeaders | StampingVisitor, options?: StampOptions): Group<Values, Open> {
    return new Group(this.ownApp, stamped(this.toJSON(), stamps, options));
  }
}

export const dictOf = (link: Link): SignatureDict => ('toJSON' in link ? link.toJSON() : link);

function said(
  dict: SignatureDict,
  { kwargs: _, link, linkError, taskId, stamps, ...options }: CallOptions,
): SignatureDict {
  let changed = withOptions(dict, wireOptions(options));
  if (stamps) changed = stampTasks(changed, stamps);
  for (const each of links(link)) changed = linked(changed, each);
  for (const each of links(linkError)) changed = withLinks(changed, 'link_error', [dictOf(each)]);
  if (taskId === undefined) return changed;
  // A chord's own id is that of its header; whoever names one means its result.
  if (shapeOf(dict) === 'chord') return changeTail(changed, (task) => withOptions(task, { task_id: taskId }));
  return withOptions(changed, { task_id: taskId });
}

/** Arguments for the first tasks. Those by name have no place in a chain, group or chord itself, so each task gets them. */
function given(
  dict: SignatureDict,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): SignatureDict {
  if (Object.keys(kwargs).length > 0) {
    throw new InvalidCall(`${dict.task} takes no kwargs: give them to its tasks`);
  }
  return withArguments(dict, args, {});
}

function linked(dict: SignatureDict, next: Link): SignatureDict {
  if (!tailOf(dict)) {
    throw new InvalidCall(
      'a group has no single end to link to: follow it by a task, as in group(…).pipe(task.s())',
    );
  }
  return withLinks(dict, 'link', [dictOf(next)]);
}

const links = (given: CallOptions['link']): readonly Link[] =>
  given === undefined ? [] : Array.isArray(given) ? given : [given as Link];

/**
 * A workflow as a recipe: written once, and built by `build.ts` with our functions and by `python/flows.py` with Celery's.
 * A value, in the form of JSON, so that it can also be an argument: of a task that replaces itself by it.
 */

/** One member: what is to be built, and of what. */
export type Form = Readonly<Record<string, unknown>>;

/** Celery's names of options, as both languages can take them. */
export interface Options {
  readonly queue?: string;
  readonly countdown?: number;
  readonly expires?: number;
  readonly priority?: number;
  readonly ignore_result?: boolean;
  readonly task_id?: string;
}

export class Recipe {
  readonly #form: Form;

  constructor(form: Form) {
    this.#form = form;
  }

  toJSON(): Form {
    return this.#form;
  }

  /** What follows its success. */
  link(...to: readonly Recipe[]): Recipe {
    return new Recipe({ link: { of: this.#form, to: forms(to) } });
  }

  /** What follows its failure. */
  linkError(...to: readonly Recipe[]): Recipe {
    return new Recipe({ linkError: { of: this.#form, to: forms(to) } });
  }

  /** Celery's `|`. */
  pipe(next: Recipe): Recipe {
    return new Recipe({ pipe: forms([this, next]) });
  }

  set(options: Options): Recipe {
    return new Recipe({ options: { of: this.#form, options } });
  }

  /** A copy with these arguments in front. */
  partial(args: readonly unknown[], kwargs: Form = {}): Recipe {
    return new Recipe({ partial: { of: this.#form, args, kwargs } });
  }

  /** With which arguments and options the whole is called; nothing can be built around it. */
  called(args: readonly unknown[], options: Options = {}, kwargs: Form = {}): Recipe {
    return new Recipe({ called: { of: this.#form, args, kwargs, options } });
  }

  /** Through JSON and back: what a signature is to whoever reads it from the wire. */
  asDict(): Recipe {
    return new Recipe({ asDict: this.#form });
  }
}

const forms = (recipes: readonly Recipe[]): readonly Form[] => recipes.map((recipe) => recipe.toJSON());

export const chain = (...steps: readonly Recipe[]): Recipe => new Recipe({ chain: forms(steps) });
export const group = (...members: readonly Recipe[]): Recipe => new Recipe({ group: forms(members) });
export const chord = (header: readonly Recipe[], body: Recipe): Recipe =>
  new Recipe({ chord: { header: forms(header), body: body.toJSON() } });

export const map = (task: Recipe, items: readonly unknown[]): Recipe => many('map', task, items);
export const starmap = (task: Recipe, items: readonly (readonly unknown[])[]): Recipe =>
  many('starmap', task, items);
export const chunks = (task: Recipe, items: readonly (readonly unknown[])[], size: number): Recipe =>
  many('chunks', task, items, size);

const many = (how: string, task: Recipe, items: readonly unknown[], size?: number): Recipe =>
  new Recipe({ many: { how, task: task.toJSON(), items, size } });

export type Language = 'ts' | 'py';
export const LANGUAGES: readonly Language[] = ['ts', 'py'];

/** The queue that each language's worker serves. */
export const QUEUES: Readonly<Record<Language, string>> = { ts: 'celery', py: 'py' };

/** Calls of the counted tasks in one language, within one run of a workflow. */
export interface Calls {
  (task: string, ...args: readonly unknown[]): Recipe;
  /** The same with keyword arguments. */
  with(kwargs: Form, task: string, ...args: readonly unknown[]): Recipe;
  /** The same, immutable. */
  si(task: string, ...args: readonly unknown[]): Recipe;
  readonly queue: string;
  /** The tag of the run, for the items of a map: these are all that its task is given. */
  readonly run: string;
}

export function callsOf(language: Language, run: string): Calls {
  const queue = QUEUES[language];
  const made = (task: string, args: readonly unknown[], kwargs: Form, immutable: boolean): Recipe => {
    const name = `flow.${language}.${task}`;
    return new Recipe({ task: { name, args, kwargs: { ...kwargs, run }, options: { queue }, immutable } });
  };
  return Object.assign((task: string, ...args: readonly unknown[]) => made(task, args, {}, false), {
    with: (kwargs: Form, task: string, ...args: readonly unknown[]) => made(task, args, kwargs, false),
    si: (task: string, ...args: readonly unknown[]) => made(task, args, {}, true),
    queue,
    run,
  });
}

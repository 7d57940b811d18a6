/** Workflows from recipes, made with our own functions: the twin of `python/flows.py`. */
import {
  chunksSignature,
  mapSignature,
  plainSignature,
  type SignatureDict,
  starmapSignature,
} from '@lovage/protocol';
import type { CallOptions, Lovage } from 'lovage';
import { type Canvas, chain, chord, type Group, group, type Signature } from 'lovage';
import type { Form } from './recipe.ts';

// biome-ignore lint/suspicious/noExplicitAny: a recipe's tasks take and give anything
export type Flow = Signature<any, any> | Canvas<any, any, any>;

interface Call {
  readonly of: Form;
  readonly args: readonly unknown[];
  readonly kwargs: Form;
  readonly options: Form;
}

/** The signature that a recipe describes. */
export function build(app: Lovage, recipe: Form): Flow {
  const [[kind, form] = ['nothing', undefined]] = Object.entries(recipe);
  const builder = BUILDERS[kind];
  if (!builder) throw new TypeError(`a recipe of '${kind}'?`);
  return builder(app, form);
}

/** A recipe may end in how the whole is called. */
export function begin(app: Lovage, recipe: Form): Promise<unknown> {
  const { called } = recipe as { called?: Call };
  if (!called) return build(app, recipe).delay();
  const { kwargs, options } = called;
  return build(app, called.of).applyAsync([...called.args], {
    ...ours(options),
    ...(Object.keys(kwargs).length > 0 ? { kwargs } : {}),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: what each kind holds is said in recipe.ts
const BUILDERS: Readonly<Record<string, (app: Lovage, form: any) => Flow>> = {
  task(app, { name, args, kwargs, options, immutable }) {
    if (immutable) return app.signature(plainSignature(name, args, { kwargs, options, immutable }));
    return app.signature(name, args, { ...ours(options), kwargs });
  },
  chain: (app, steps: Form[]) => (chain as Variadic)(...steps.map((step) => build(app, step))),
  group: (app, members: Form[]) => groupOf(app, members),
  chord: (app, { header, body }) =>
    (chord as Variadic)(
      header.map((part: Form) => build(app, part)),
      build(app, body),
    ),
  pipe(app, [left, right]) {
    return (build(app, left).pipe as Variadic).call(build(app, left), build(app, right));
  },
  many(app, { how, task, items, size }) {
    const inner = dictOf(build(app, task));
    if (how === 'chunks') return app.signature(chunksSignature(inner, items, size));
    return app.signature(how === 'map' ? mapSignature(inner, items) : starmapSignature(inner, items));
  },
  link: (app, { of, to }) =>
    to.reduce((flow: Flow, next: Form) => flow.link(build(app, next)), build(app, of)),
  linkError: (app, { of, to }) =>
    to.reduce((flow: Flow, next: Form) => flow.linkError(build(app, next)), build(app, of)),
  options: (app, { of, options }) => build(app, of).set(ours(options)),
  partial(app, { of, args, kwargs }) {
    return build(app, of).clone(args, Object.keys(kwargs).length > 0 ? { kwargs } : {}) as Flow;
  },
  asDict: (app, form: Form) => app.signature(JSON.parse(JSON.stringify(build(app, form)))),
  dict: (app, dict: SignatureDict) => app.signature(dict),
};

// biome-ignore lint/suspicious/noExplicitAny: the types of workflows are tested elsewhere
type Variadic = (...parts: any[]) => Flow;

const groupOf = (app: Lovage, members: readonly Form[]): Group =>
  group(members.map((member) => build(app, member)));

const dictOf = (flow: Flow): SignatureDict => flow.toJSON();

/** Celery's names of options, as we write them. On Redis its most urgent priority is 0, and ours 9. */
function ours(options: Form): CallOptions {
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const said = Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
  return typeof said['priority'] === 'number' ? { ...said, priority: 9 - said['priority'] } : said;
}

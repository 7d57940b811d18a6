import type { SignatureDict } from '@lovage/protocol';
import { chainSignature, chordSignature, groupSignature, pipe } from '@lovage/protocol';
import type { App } from '../app.ts';
import { InvalidCall } from '../errors.ts';
import type {
  AnyWorkflow,
  Fits,
  Fitting,
  Last,
  OpenOf,
  OpenOfAll,
  ResultOf,
  ValueOf,
  Values,
} from './types.ts';
import { Canvas, Group, Workflow } from './workflow.ts';

/**
 * One after the other, each given the result of the one before as its first argument, unless it is immutable.
 * Compiles only where each result fits.
 *
 * @example
 * const result = await chain(fetchPage.s(url), countWords.s(), store.s('words')).delay();
 */
export function chain<const Steps extends readonly [AnyWorkflow, ...AnyWorkflow[]]>(
  ...steps: Steps & Fitting<Steps>
): Canvas<ValueOf<Last<Steps>>, OpenOf<Steps[0]>, ResultOf<Last<Steps>>> {
  const all = checked('chain', steps as readonly unknown[]);
  if (all.length === 0) throw new InvalidCall('a chain needs at least one signature');
  const [first, ...rest] = all.map((step) => step.toJSON()) as [SignatureDict, ...SignatureDict[]];
  return new Canvas(appOf(all), rest.reduce(pipe, chainSignature([first])));
}

/**
 * All at once. Its results come in the order of its members; what follows it is given the list of them.
 *
 * @example
 * const total = await group(ids.map((id) => price.s(id))).pipe(sum.s()).delay();
 */
export function group<Member extends AnyWorkflow>(
  members: readonly Member[],
): Group<Values<readonly Member[]>, OpenOfAll<readonly Member[]>>;
export function group<const Members extends readonly AnyWorkflow[]>(
  ...members: Members
): Group<Values<Members>, OpenOfAll<Members>>;
// biome-ignore lint/suspicious/noExplicitAny: of no overload in particular
export function group(...given: readonly unknown[]): Group<any, any> {
  const members = checked('group', listed(given));
  return new Group(appOf(members), groupSignature(members.map((member) => member.toJSON())));
}

/**
 * All of the header at once, then the body, given the list of their results. When a part of the header fails, the body
 * fails with ChordError, and never runs.
 *
 * @example
 * const result = await chord(files.map((file) => check.s(file)), report.s()).delay();
 */
export function chord<const Header extends readonly AnyWorkflow[], Body extends AnyWorkflow>(
  header: Header,
  body: Body & Fits<Body, Values<Header>>,
): Canvas<ValueOf<Body>, OpenOfAll<Header>, ResultOf<Body>>;
export function chord<Results, Open, Body extends AnyWorkflow>(
  header: Group<Results, Open>,
  body: Body & Fits<Body, Results>,
): Canvas<ValueOf<Body>, Open, ResultOf<Body>>;
// biome-ignore lint/suspicious/noExplicitAny: of no overload in particular
export function chord(header: unknown, body: unknown): Canvas<any, any, any> {
  const [after] = checked('chord', [body]) as [AnyWorkflow];
  if (header instanceof Workflow) {
    const [whole] = checked('chord', [header]) as [AnyWorkflow];
    return new Canvas(appOf([whole, after]), chordSignature(headerDict(whole), after.toJSON()));
  }
  if (!Array.isArray(header))
    throw new InvalidCall('the header of a chord must be a list of signatures, or a group');
  const parts = checked('chord', header);
  const dicts = parts.map((part) => part.toJSON());
  return new Canvas(appOf([...parts, after]), chordSignature(dicts, after.toJSON()));
}

const headerDict = (header: AnyWorkflow): SignatureDict =>
  header instanceof Group ? header.toJSON() : groupSignature([header.toJSON()]);

const listed = (given: readonly unknown[]): readonly unknown[] =>
  given.length === 1 && Array.isArray(given[0]) ? given[0] : given;

function checked(what: string, given: readonly unknown[]): readonly AnyWorkflow[] {
  for (const [index, each] of given.entries()) {
    if (!(each instanceof Workflow)) {
      throw new InvalidCall(
        `part ${index} of a ${what} is no signature: make one with task.s(…) or app.signature(…)`,
      );
    }
  }
  return given as readonly AnyWorkflow[];
}

/** All parts must be of one app: it is what sends them. */
function appOf(parts: readonly AnyWorkflow[]): App | undefined {
  const apps = new Set(parts.flatMap((part) => (part instanceof Canvas ? (part.ownApp ?? []) : part.app)));
  if (apps.size > 1) {
    const names = [...apps].map(({ name }) => name).join(', ');
    throw new InvalidCall(`a workflow belongs to one app, and this one has tasks of several: ${names}`);
  }
  const [app] = apps;
  return app;
}

import type { SignatureDict } from '../signature.ts';
import { bodyOf, chainSignature, chordSignature, shapeOf, tasksOf } from './shapes.ts';
import { mergedOptions } from './stamps.ts';

type Options = SignatureDict['options'];

/** Options that say where one signature stands in a workflow, not how its tasks are called. */
const PLACE: ReadonlySet<string> = new Set([
  'task_id',
  'root_id',
  'parent_id',
  'group_id',
  'group_index',
  'chord',
  'chain',
  'reply_to',
  'add_to_parent',
  'replaced_task_nesting',
]);

/** Options that are lists of signatures, to which more are added. */
const LINKS: ReadonlySet<string> = new Set(['link', 'link_error']);

/** The time of a call is that of its first messages; what follows them follows at once. */
const TIMES: ReadonlySet<string> = new Set(['countdown', 'eta']);

/** The options of a chain, group or chord that are meant for its tasks, without its links. */
export const callOptions = (options: Options): Options =>
  pick(options, (name) => !PLACE.has(name) && !LINKS.has(name));

/** Those of them that also hold for what runs later. */
export const lastingOptions = (options: Options): Options => pick(options, (name) => !TIMES.has(name));

function pick(options: Options, wanted: (name: string) => boolean): Options {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => wanted(name) && value !== null && value !== undefined),
  );
}

/** The signature with these options over its own. Stamps that it has stay, and others join them. */
export const withOptions = (signature: SignatureDict, options: Options): SignatureDict =>
  isEmpty(options) ? signature : { ...signature, options: mergedOptions(signature.options, options) };

/** The signature with these arguments in front of those of its first tasks, unless they are immutable. */
export function withArguments(
  signature: SignatureDict,
  args: readonly unknown[],
  kwargs: SignatureDict['kwargs'],
): SignatureDict {
  if (signature.immutable || (args.length === 0 && isEmpty(kwargs))) return signature;
  const all = [...args, ...signature.args];
  // A chain, group or chord hands its arguments on when it is prepared.
  if (shapeOf(signature) !== 'task') return { ...signature, args: all };
  return { ...signature, args: all, kwargs: { ...signature.kwargs, ...kwargs } };
}

/** The signature with links added to those it has, each once. */
export function withLinks(
  signature: SignatureDict,
  name: 'link' | 'link_error',
  links: readonly unknown[],
): SignatureDict {
  const own = listOf(signature.options[name]);
  const known = new Set(own.map((link) => JSON.stringify(link)));
  const more = links.filter((link) => !known.has(JSON.stringify(link)));
  return more.length === 0 ? signature : withOptions(signature, { [name]: [...own, ...more] });
}

/** A list of links as it stands in options: nothing, one, or a list. */
export function listOf(links: unknown): readonly unknown[] {
  if (links === null || links === undefined) return [];
  return Array.isArray(links) ? links : [links];
}

/**
 * Changes the task whose result is that of the whole: the last of a chain, the body of a chord.
 * A group has no such task and stays as it is.
 */
export function changeTail(
  signature: SignatureDict,
  change: (task: SignatureDict) => SignatureDict,
): SignatureDict {
  switch (shapeOf(signature)) {
    case 'task':
      return change(signature);
    case 'chain': {
      const steps = tasksOf(signature);
      const last = steps.at(-1);
      return last
        ? chainSignature([...steps.slice(0, -1), changeTail(last, change)], signature.options)
        : signature;
    }
    case 'chord':
      return chordSignature(
        signature.kwargs['header'] as SignatureDict,
        changeTail(bodyOf(signature), change),
        signature.options,
      );
    case 'group':
      return signature;
  }
}

/** The task whose result is that of the whole; undefined for what ends in a group. */
export function tailOf(signature: SignatureDict): SignatureDict | undefined {
  switch (shapeOf(signature)) {
    case 'task':
      return signature;
    case 'chain': {
      const last = tasksOf(signature).at(-1);
      return last && tailOf(last);
    }
    case 'chord':
      return tailOf(bodyOf(signature));
    case 'group':
      return undefined;
  }
}

const isEmpty = (options: Options): boolean => Object.keys(options).length === 0;

import { InvalidTaskError } from '../errors.ts';
import { isPlainObject } from '../plain.ts';
import type { SignatureDict } from '../signature.ts';
import type { StampAnswer, StampHeaders } from './stamping-visitor.ts';
import { type Json, type Stamps, stampOptions, stampProblem, stampsOf } from './stamps.ts';

/** What holds at one place of a workflow. A name may wait for a value that is said further inside. */
export interface Said {
  readonly names: readonly string[];
  readonly values: Stamps;
}

export const NOTHING_SAID: Said = { names: [], values: {} };

/** As a visitor sees it: a copy, so that nothing comes of changing it. */
export const shown = ({ names, values }: Said): StampHeaders => ({ ...values, stampedHeaders: [...names] });

/**
 * What was said, and what is now said further inside, which counts where both speak of one name.
 * @param append Then that is a list of both.
 * @throws InvalidTaskError for what are no headers
 */
export function saidToo(said: Said, answer: StampAnswer, append: boolean): Said {
  if (answer === undefined || answer === null) return said;
  if (!isPlainObject(answer)) {
    throw new InvalidTaskError('stamps', "stamps must be a plain object, as in { user: 'u1' }");
  }
  const { stampedHeaders, ...values } = answer as StampHeaders;
  const names: unknown = stampedHeaders ?? Object.keys(values);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new InvalidTaskError('stamped_headers', 'stampedHeaders must be a list of names');
  }
  const { values: before } = said;
  const both = append ? Object.keys(values).filter((name) => Object.hasOwn(before, name)) : [];
  const lists = both.map((name) => [name, [...listed(before[name]!), ...listed(values[name]!)]]);
  return {
    names: [...new Set<string>([...said.names, ...names])],
    values: { ...before, ...values, ...Object.fromEntries(lists) },
  };
}

/**
 * The task, with what was said of it over the stamps that it has.
 * @param append A stamp that it has already becomes a list, the new value first.
 * @throws InvalidTaskError for a stamp that cannot travel, and for a name without a value
 */
export function marked(task: SignatureDict, { names, values }: Said, append: boolean): SignatureDict {
  const own = stampsOf(task.options);
  const stamps = names.map((name) => {
    const [now, before] = [values, own].filter((from) => Object.hasOwn(from, name)).map((from) => from[name]);
    const value =
      append && now !== undefined && before !== undefined ? [...listed(now), ...listed(before)] : now;
    const problem = stampProblem(name, value);
    if (problem) throw new InvalidTaskError('stamps', problem);
    return [name, value];
  });
  if (stamps.length === 0) return task;
  const options = stampOptions({ ...own, ...Object.fromEntries(stamps) });
  return { ...task, options: { ...task.options, ...options } };
}

const listed = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]) as readonly Json[];

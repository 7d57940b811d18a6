import type { ResolvedTaskOptions } from '../task/options.ts';

/**
 * The arguments a function is called with. kwargs that are not empty arrive as one last object, unless the task
 * names its parameters: then each goes to its place.
 * @throws TypeError in Python's words for a keyword that no parameter has, or one given twice
 */
export function bindArguments(
  task: string,
  { params }: Pick<ResolvedTaskOptions, 'params'>,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const names = Object.keys(kwargs);
  if (names.length === 0) return args;
  if (!params) return [...args, kwargs];

  const bound = [...args];
  for (const name of names) {
    const place = params.indexOf(name);
    if (place === -1) throw new TypeError(`${task}() got an unexpected keyword argument '${name}'`);
    if (place < args.length) throw new TypeError(`${task}() got multiple values for argument '${name}'`);
    bound[place] = kwargs[name];
  }
  return Array.from(bound);
}

import type { SignatureDict } from '../signature.ts';
import { bodyOf, headerOf, shapeOf, tasksOf } from './shapes.ts';

/** A result as it stands in a result document: `[[id, parent], members]`; members only of a group (wire spec 5.4). */
export type ResultTuple = readonly [
  readonly [id: string, parent: ResultTuple | null],
  readonly ResultTuple[] | null,
];

/** The result of a frozen signature, and of all that runs before and within it. */
export function resultOf(signature: SignatureDict, parent: ResultTuple | null = null): ResultTuple {
  switch (shapeOf(signature)) {
    case 'task':
      return [[String(signature.options['task_id']), parent], null];
    case 'chain':
      return tasksOf(signature).reduce<ResultTuple | null>((before, step) => resultOf(step, before), parent)!;
    case 'group': {
      const members = tasksOf(signature).map((member) => resultOf(member));
      return [[String(signature.options['task_id']), parent], members];
    }
    case 'chord':
      return resultOf(bodyOf(signature), resultOf(headerOf(signature), parent));
  }
}

/**
 * What a task that applied something has for children: what was sent at once, and what follows that by itself, the
 * body of a chord. The rest of a chain are children of its first task.
 */
export function childrenOf(result: ResultTuple): readonly ResultTuple[] {
  const line: ResultTuple[] = [];
  for (let each: ResultTuple | null = result; each !== null; each = each[0][1]) line.unshift(each);
  const isGroup = line[0]![1] !== null;
  return line.slice(0, isGroup ? 2 : 1).map(([[id], members]) => [[id, null], members]);
}

/** A result tuple that was read from somewhere; undefined for anything else. A bare id is one too, as in Celery. */
export function readResultTuple(value: unknown): ResultTuple | undefined {
  if (typeof value === 'string') return [[value, null], null];
  if (!Array.isArray(value) || !Array.isArray(value[0])) return undefined;
  const [[id, parent], members] = value as [unknown[], unknown];
  if (typeof id !== 'string') return undefined;
  const before = parent === null || parent === undefined ? null : readResultTuple(parent);
  if (before === undefined) return undefined;
  if (members === null || members === undefined) return [[id, before], null];
  if (!Array.isArray(members)) return undefined;
  const read = members.map(readResultTuple);
  return read.every((member) => member !== undefined) ? [[id, before], read] : undefined;
}

import { type ChordMember, DriverError } from '@lovage/contracts';
import { type ResultTuple, readResultTuple } from '@lovage/protocol';

/**
 * The header of a chord as Python keeps it with its counter: `[[[id, parent], members], …]`, members only of a group.
 * @throws DriverError 'corrupt' for anything else
 */
export function readSubTasks(text: string, chordId: string): readonly ResultTuple[] {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    read = undefined;
  }
  const tuples = Array.isArray(read) ? read.map(readResultTuple) : [undefined];
  if (tuples.every((tuple) => tuple !== undefined)) return tuples;
  throw new DriverError('corrupt', `chord ${chordId}: its sub_tasks are no results: ${text.slice(0, 200)}`);
}

/** The tasks whose ends are counted. */
export const leavesOf = (tuples: readonly ResultTuple[]): string[] =>
  tuples.flatMap(([[id], members]) => (members ? leavesOf(members) : [id]));

export const hasGroups = (tuples: readonly ResultTuple[]): boolean =>
  tuples.some(([, members]) => members !== null);

export function membersText(members: readonly string[]): string {
  return JSON.stringify(members.map((id) => [[id, null], null]));
}

/** With one member more, behind the one at its place. Undefined where it is one already, and where nobody can tell. */
export function withMember(text: string, { taskId, index }: ChordMember): string | undefined {
  const tuples = [...readSubTasks(text, taskId)];
  if (leavesOf(tuples).includes(taskId)) return undefined;
  tuples.splice(index + 1, 0, [[taskId, null], null]);
  return JSON.stringify(tuples);
}

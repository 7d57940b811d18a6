import type { TaskRequest } from '@lovage/app';
import { chordPlaces } from '@lovage/protocol';
import type { ChordArrival, Conclusion } from './conclusion.ts';

/**
 * What chords learn of a task that ended for good; nothing for most. Where it did not succeed, the rest of its chain
 * will never run: a chord that waits for the end of that chain is told the same.
 * @param json Writes the result, or the error, as JSON; called only where somebody will read it.
 */
export function chordParts(
  request: TaskRequest,
  state: string,
  json: () => string,
): Pick<Conclusion, 'chords'> {
  const { chord, group, id, groupIndex, chain, rootId } = request;
  const own = chord && group ? [{ taskId: id, groupId: group, index: groupIndex ?? 0, body: chord }] : [];
  // The last step of a chain stands first.
  const never = state === 'SUCCESS' || !chain?.[0] ? [] : chordPlaces(chain[0]);
  if (own.length === 0 && never.length === 0) return {};
  const payload = new TextEncoder().encode(json());
  const chords: ChordArrival[] = [...own, ...never].map(({ taskId, groupId, index, body }) => ({
    id: groupId,
    part: { taskId, index, state, payload },
    body,
    rootId,
  }));
  return { chords };
}

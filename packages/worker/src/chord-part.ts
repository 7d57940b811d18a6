import type { TaskRequest } from '@lovage/app';
import type { Conclusion } from './conclusion.ts';

/**
 * What a header task of a chord reports when it ends for good; nothing for any other task.
 * @param json Writes the result, or the error, as JSON; called only where somebody will read it.
 */
export function chordPart(
  request: TaskRequest,
  state: string,
  json: () => string,
): Pick<Conclusion, 'chord'> {
  const { chord, group, id, groupIndex } = request;
  if (!chord || !group) return {};
  const payload = new TextEncoder().encode(json());
  return { chord: { id: group, body: chord, part: { taskId: id, index: groupIndex ?? 0, state, payload } } };
}

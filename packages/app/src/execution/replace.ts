import type { Preparing, SignatureDict } from '@lovage/protocol';
import {
  chainSignature,
  changeTail,
  chordPlaces,
  listOf,
  plainSignature,
  prepare,
  tailOf,
  withOptions,
} from '@lovage/protocol';
import { Ignore, ImproperlyConfigured } from '../errors.ts';
import type { TaskRequest } from './request.ts';

/** What `self.replace()` throws: the task is over, and this runs in its place. */
export class Replaced extends Ignore {
  readonly signature: SignatureDict;

  constructor(signature: SignatureDict) {
    super('Replaced by new task');
    this.signature = signature;
  }
}

/**
 * A signature in the place of a running task: its end has the task's id, is counted for it in its chord, and is followed by
 * what would have followed it (wire spec 6.8). A group gets `celery.accumulate` behind it, for its results as one list.
 * @throws ImproperlyConfigured for a signature that is part of another chord
 */
export function inPlaceOf(
  request: TaskRequest,
  signature: SignatureDict,
  rules: Preparing = {},
): SignatureDict {
  if (chordPlaces(signature).length > 0) {
    throw new ImproperlyConfigured('self.replace() cannot take a signature that is part of a chord already');
  }
  const { id, callbacks, errbacks, chain, chord, group, groupIndex, rootId, replacedTaskNesting } = request;
  const whole = prepare(signature, rules);
  const gather = plainSignature('celery.accumulate', [], { kwargs: { index: 0 } });
  const ended = tailOf(whole) ? whole : prepare(chainSignature([whole, gather]), rules);
  const place = {
    task_id: id,
    root_id: rootId,
    replaced_task_nesting: replacedTaskNesting + 1,
    ...(group === null ? {} : { group_id: group }),
    ...(groupIndex === null ? {} : { group_index: groupIndex }),
    ...(chord === null ? {} : { chord }),
  };
  const placed = changeTail(ended, (task) => withOptions(task, place));
  // As a chain of one it takes the links, the errors of all its tasks among them.
  const linked = prepare(
    chainSignature([placed], {
      ...(callbacks?.length ? { link: listOf(callbacks) } : {}),
      ...(errbacks?.length ? { link_error: listOf(errbacks) } : {}),
    }),
    rules,
  );
  return chain?.length ? chainSignature([linked, ...chain.toReversed()]) : linked;
}

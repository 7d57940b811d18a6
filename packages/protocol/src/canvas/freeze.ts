import type { SignatureDict } from '../signature.ts';
import { changeTail, withOptions } from './options.ts';
import { type Preparing, prepare } from './prepare.ts';
import {
  bodyOf,
  chainSignature,
  chordSignature,
  groupSignature,
  headerOf,
  shapeOf,
  tasksOf,
} from './shapes.ts';

/** Where ids come from, and where replies go. */
export interface Freezing extends Preparing {
  newId(): string;
  /** Undefined where results are stored. */
  readonly replyTo?: string | undefined;
}

/**
 * Prepares a signature and gives every task and group in it an id, so that results can be waited for before anything
 * is sent. Ids that are there stay. Unlike Celery, which copies the body of a chord into each task of its header here,
 * and so doubles a message with each chord in a chain, it leaves that to the moment when the header is sent.
 * @throws InvalidTaskError as `prepare`
 */
export function freeze(signature: SignatureDict, freezing: Freezing): SignatureDict {
  return frozen(prepare(signature, freezing), freezing);
}

function frozen(signature: SignatureDict, freezing: Freezing): SignatureDict {
  switch (shapeOf(signature)) {
    case 'task': {
      const { task_id: id, reply_to: replyTo } = signature.options;
      const reply = replyTo ?? freezing.replyTo;
      return withOptions(signature, {
        task_id: id ?? freezing.newId(),
        ...(reply === undefined ? {} : { reply_to: reply }),
      });
    }
    case 'chain':
      return chainSignature(tasksOf(signature).map((step) => frozen(step, freezing)));
    case 'group':
      return frozenGroup(signature, freezing);
    case 'chord': {
      const group = frozenGroup(headerOf(signature), freezing);
      const id = { task_id: group.options['task_id'] };
      return chordSignature(group, frozen(bodyOf(signature), freezing), id);
    }
  }
}

function frozenGroup(group: SignatureDict, freezing: Freezing): SignatureDict {
  const members = tasksOf(group).map((member, index) =>
    changeTail(frozen(member, freezing), (task) => withOptions(task, { group_index: index })),
  );
  return groupSignature(members, { task_id: group.options['task_id'] ?? freezing.newId() });
}

import type { SignatureDict } from '@lovage/protocol';
import { stampsOf, tasksWithin } from '@lovage/protocol';
import type { Subject } from './records.ts';

/**
 * The tasks of steps that will never run, because what they follow has not succeeded. Whoever waits for one of them must
 * learn of it; as in Celery, under the step's own name and place.
 * @param after The task that kept them from running.
 */
export const neverRun = (
  steps: readonly SignatureDict[] | null | undefined,
  after: string,
): readonly Subject[] =>
  (steps ?? []).flatMap(tasksWithin).map(({ task, args, kwargs, options }) => ({
    id: String(options['task_id']),
    task,
    args,
    kwargs,
    group: text(options['group_id']),
    parentId: text(options['parent_id']) ?? after,
    replyTo: text(options['reply_to']),
    retries: 0,
    ignoreResult: options['ignore_result'] === true,
    stamps: stampsOf(options),
  }));

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

import { randomUUID } from 'node:crypto';
import type { SignatureDict } from '@lovage/protocol';
import { shapeOf, withOptions } from '@lovage/protocol';
import type { App } from '../app.ts';
import { messageFromSignature } from '../call/from-signature.ts';
import { ImproperlyConfigured, InvalidCall } from '../errors.ts';
import type { TaskRequest } from '../execution/request.ts';
import { AsyncResult } from '../result/async-result.ts';

/**
 * One more member of the header that a running task belongs to. The header grows before the member is sent: between
 * the two the chord waits for one that will come. Its place is that of the task, as in Celery.
 */
export async function addToChord<Value>(
  app: App,
  { chord, group, groupIndex, id, rootId }: TaskRequest,
  signature: SignatureDict,
): Promise<AsyncResult<Value>> {
  if (!chord || !group) {
    throw new InvalidCall("self.addToChord() is for tasks in a chord's header, and this one is in none");
  }
  if (shapeOf(signature) !== 'task') {
    throw new InvalidCall('self.addToChord() takes the signature of one task; add several one by one');
  }
  const place = { group_id: group, group_index: groupIndex ?? 0, chord };
  const member = withOptions(signature, { task_id: randomUUID(), ...place });
  const message = messageFromSignature(app, member, { prependArgs: [], parentId: id, rootId });
  const { publisher, results } = await app.open();
  if (!results?.chords) {
    throw new ImproperlyConfigured('this result backend does not count chords: their headers cannot grow');
  }
  await results.chords.grow(group, { taskId: message.envelope.id, index: groupIndex ?? 0 });
  await publisher.publish([message]);
  return new AsyncResult<Value>(app, message.envelope.id, { task: member.task });
}

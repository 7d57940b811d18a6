import type { SignatureDict } from '@lovage/protocol';
import { childrenOf, expand } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { Call } from '../call/build-message.ts';
import { callerOf } from '../call/caller.ts';
import { messageOptions } from '../call/from-signature.ts';
import { publishCalls, validateCall } from '../call/send.ts';
import { ImproperlyConfigured } from '../errors.ts';
import { noteChildren } from '../execution/trail.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { GroupResult } from '../result/group-result.ts';
import { applying, chordOpenings } from './depart.ts';

/**
 * Sends all of a workflow that is to be sent now, in one publish, and answers its result. Chords are opened first.
 * @throws ImproperlyConfigured for a chord where the result backend cannot count; and what `delay` of a task throws
 */
export async function applyWorkflow(app: App, signature: SignatureDict): Promise<AsyncResult | GroupResult> {
  const { results } = await app.open();
  const { calls, chords, result } = expand(signature, applying(app, {}));
  const caller = callerOf(app);
  const ready: Call[] = calls.map(({ task, args, kwargs, options }) => ({
    task,
    args,
    kwargs,
    options: messageOptions(options),
    defaults: app.tasks.get(task)?.options,
    caller,
  }));
  for (const call of ready) {
    // A task that is given more arguments later is checked when it runs.
    if (call.defaults?.schema) await validateCall(call);
  }
  const opens = chordOpenings(app, chords);
  const store = results?.chords;
  if (opens.length > 0 && !store) {
    throw new ImproperlyConfigured(
      'this result backend does not count chords: use Redis, PostgreSQL, SQLite or memory',
    );
  }
  await publishCalls(app, ready, async () => {
    for (const chord of opens) await store!.open(chord);
  });
  noteChildren(app, childrenOf(result));
  return app.resultFrom(result);
}

import type { TaskRequest } from '@lovage/app';
import { errorInfoText } from '@lovage/protocol';
import { chordParts } from './chord-part.ts';
import type { Conclusion } from './conclusion.ts';
import { neverRun } from './never-run.ts';
import type { RecordWriter, RevokedReason } from './records.ts';
import { revokedError } from './records.ts';

/**
 * The end of a task that was revoked, or whose time was over. The steps of its chain will never run either: they end as it
 * did, so that whoever waits for one of them learns of it. In Celery these stay PENDING.
 */
export function takenBack(
  records: RecordWriter,
  request: TaskRequest,
  reason: RevokedReason,
  nowMs: number,
): Pick<Conclusion, 'records' | 'chords'> {
  const subjects = [request, ...neverRun(request.chain, request.id)];
  return {
    records: subjects.flatMap((subject) => records.revoked(subject, reason, nowMs)),
    ...chordParts(request, 'REVOKED', () => errorInfoText(revokedError(reason))),
  };
}

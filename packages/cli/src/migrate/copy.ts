import type { Envelope, OutgoingMessage } from '@lovage/contracts';
import { BATCH, deliver, type Job, Tally } from './job.ts';
import { isUnreadable, knownOf, outgoing } from './messages.ts';

/** More than any queue has. */
const ALL = 2 ** 31 - 1;

/**
 * Sends a copy of each message to the destination, and leaves the source as it is: it is only looked at. A queue is
 * read as a whole, delayed messages and ready ones.
 */
export async function copyMessages(job: Job): Promise<Tally> {
  const tally = new Tally();
  for (const [from, to] of job.routes) {
    const found = await lookAt(job, from);
    const wanted = found.filter((each) => isWanted(job, each.envelope, tally));
    while (wanted.length > 0 && tally.total < job.limit && !job.signal.aborted) {
      const batch = wanted.splice(0, Math.min(BATCH, job.limit - tally.total));
      await deliver(
        job,
        batch.map((each) => messageFor(job, to, each)),
      );
      tally.add(from, batch.length);
      job.onProgress(tally);
    }
  }
  return tally;
}

interface Found {
  readonly envelope: Envelope;
  readonly dueMs: number | undefined;
}

/** Those to be taken next come first. The delayed are looked at before: what falls due meanwhile is then not missed, but seen twice. */
async function lookAt({ source, limit, tasks }: Job, queue: string): Promise<Found[]> {
  const most = tasks ? ALL : Math.min(ALL, limit);
  const delayed = await source.broker.delayed(queue, most);
  const ready = await source.broker.peek(queue, most);
  const seen = new Set(ready.map(({ id }) => id));
  return [
    ...ready.map((envelope) => ({ envelope, dueMs: undefined })),
    ...delayed
      .filter(({ envelope }) => !seen.has(envelope.id))
      .map(({ envelope, notBefore }) => ({ envelope, dueMs: notBefore })),
  ];
}

function isWanted({ tasks, timezone }: Job, envelope: Envelope, tally: Tally): boolean {
  if (isUnreadable(envelope)) {
    tally.unreadable += 1;
    return false;
  }
  const { task } = knownOf(envelope, timezone);
  if (!tasks || (task !== undefined && tasks.has(task))) return true;
  tally.passedOver += 1;
  return false;
}

function messageFor(job: Job, queue: string, { envelope, dueMs }: Found): OutgoingMessage {
  const { eta } = knownOf(envelope, job.timezone);
  return outgoing(queue, envelope, { eta, dueMs }, job.destination.broker.traits);
}

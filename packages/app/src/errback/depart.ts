import type { OutgoingMessage } from '@lovage/contracts';
import type { Failure, SignatureDict } from '@lovage/protocol';
import { appliedErrbacks, FAILURE_HEADER, writeFailure } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { Departure } from '../canvas/depart.ts';
import { departure } from '../canvas/depart.ts';

/** What tells error callbacks of a failure. */
export interface ErrbackDeparture extends Pick<Departure, 'messages' | 'opens'> {
  /** Of each callback that cannot be sent, the reason: it must not keep the others from being sent. */
  readonly unsent: readonly string[];
}

/**
 * The messages of error callbacks: one group, each given the id of what failed, as Celery sends them. Those that take
 * more find it in a header of ours; a task that is known here to be none of these is spared it.
 */
export function departureOfErrbacks(
  app: App,
  errbacks: readonly SignatureDict[],
  failure: Failure,
): ErrbackDeparture {
  if (errbacks.length === 0) return NOBODY;
  try {
    return { ...together(app, errbacks, failure), unsent: [] };
  } catch {
    return withoutTheBad(app, errbacks, failure);
  }
}

const NOBODY: ErrbackDeparture = { messages: [], opens: [], unsent: [] };

function withoutTheBad(app: App, errbacks: readonly SignatureDict[], failure: Failure): ErrbackDeparture {
  const good: SignatureDict[] = [];
  const unsent: string[] = [];
  for (const errback of errbacks) {
    try {
      together(app, [errback], failure);
      good.push(errback);
    } catch (error) {
      unsent.push(`${errback.task}: ${(error as Error).message}`);
    }
  }
  return good.length === 0 ? { ...NOBODY, unsent } : { ...together(app, good, failure), unsent };
}

function together(
  app: App,
  errbacks: readonly SignatureDict[],
  failure: Failure,
): Omit<ErrbackDeparture, 'unsent'> {
  const { id, rootId } = failure.request;
  const { messages, opens } = departure(app, appliedErrbacks(errbacks), { args: [id], parentId: id, rootId });
  const wants = ({ envelope }: OutgoingMessage) => mayTakeFailure(app, String(envelope.headers['task']));
  if (!messages.some(wants)) return { messages, opens };
  const header = { [FAILURE_HEADER]: writeFailure(failure) };
  return {
    messages: messages.map((message) => (wants(message) ? withHeader(message, header) : message)),
    opens,
  };
}

/** One that is not known here may be known to the worker that runs it. */
const mayTakeFailure = (app: App, task: string): boolean => app.tasks.get(task)?.isErrback ?? true;

const withHeader = (
  { envelope, ...message }: OutgoingMessage,
  header: Readonly<Record<string, unknown>>,
): OutgoingMessage => ({
  ...message,
  envelope: { ...envelope, headers: { ...envelope.headers, ...header } },
});

import type { App, Logger } from '@lovage/app';
import { ChordError, departure, departureOfErrbacks, failureOfBody } from '@lovage/app';
import type { ChordOpening, ChordPart, OutgoingMessage, ResultRecord } from '@lovage/contracts';
import {
  chordPlaces,
  errorInfo,
  errorInfoFromJson,
  errorInfoText,
  errorRepr,
  firstErrbacks,
  json,
  PROPAGATE_STATES,
  parseJson,
} from '@lovage/protocol';
import type { ChordArrival } from './conclusion.ts';
import { dueHere } from './follow-ups.ts';
import { neverRun } from './never-run.ts';
import { RecordWriter } from './records.ts';

/** What a complete header leads to. */
export interface BodyEnd {
  readonly records: readonly ResultRecord[];
  readonly followUps: readonly OutgoingMessage[];
  readonly opens: readonly ChordOpening[];
  /** The body will never run, and was itself part of these chords. */
  readonly arrivals: readonly ChordArrival[];
}

/** Decides what a complete header leads to: the body is sent, or it has failed. No I/O. */
export class ChordBodies {
  readonly #app: App;
  readonly #records: RecordWriter;
  /** The broker's trait of that name. */
  readonly #foreignPeers: boolean;
  readonly #log: Logger;

  constructor(parts: {
    app: App;
    hostname: string;
    keepsResults: boolean;
    foreignPeers: boolean;
    log: Logger;
  }) {
    this.#app = parts.app;
    this.#log = parts.log;
    this.#foreignPeers = parts.foreignPeers;
    this.#records = new RecordWriter(parts.app, { ...parts, errorsEvenIfIgnored: true });
  }

  /** @param last The part that completed the header: the parent of the body. */
  after(last: ChordArrival, parts: readonly ChordPart[]): BodyEnd {
    const bad = parts.find((part) => PROPAGATE_STATES.has(part.state));
    if (bad) {
      const cause = errorInfoFromJson(parseJson(new TextDecoder().decode(bad.payload)));
      return this.#fail(last, new ChordError(`Dependency ${bad.taskId} raised ${errorRepr(cause)}`));
    }
    try {
      const values = parts.map((part) => json.decode(part.payload));
      const apply = { args: [values], parentId: last.part.taskId, rootId: rootOf(last) };
      const { messages, opens } = departure(this.#app, last.body, apply);
      return { records: [], followUps: this.#due(messages), opens, arrivals: [] };
    } catch (error) {
      // The body cannot be sent, ever: whoever waits for it must learn that.
      return this.#fail(last, new ChordError(`Callback error: ${errorRepr(errorInfo(error))}`));
    }
  }

  /** The values of the header cannot be had. */
  failed(last: ChordArrival, reason: string): BodyEnd {
    return this.#fail(last, new ChordError(reason));
  }

  /** The body will never run, under whatever ids it has: all its ids get the failure, its errbacks are sent, and chords that wait for it are told. */
  #fail(last: ChordArrival, error: ChordError): BodyEnd {
    const { body, part, rootId } = last;
    const info = errorInfo(error);
    const never = neverRun([body], part.taskId);
    const records = never.flatMap((each) => this.#records.failure(each, info, null, Date.now()));
    const known = { id: never.at(-1)?.id ?? part.taskId, rootId: rootOf(last), parentId: part.taskId };
    const told = departureOfErrbacks(this.#app, firstErrbacks(body), failureOfBody(body, known, info));
    for (const reason of told.unsent) {
      this.#log.error(`an errback of chord body ${known.id} cannot be sent: ${reason}`);
    }
    const payload = new TextEncoder().encode(errorInfoText(info));
    const arrivals = chordPlaces(body).map(({ taskId, groupId, index, body: outer }) => ({
      id: groupId,
      part: { taskId, index, state: 'FAILURE', payload },
      body: outer,
      rootId,
    }));
    return { records, followUps: this.#due(told.messages), opens: told.opens, arrivals };
  }

  #due(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
    return messages.map((message) => dueHere(message, this.#foreignPeers));
  }
}

/** A workflow that was begun inside another has that one's root. */
function rootOf({ body, rootId }: ChordArrival): string {
  const own = body.options['root_id'];
  return typeof own === 'string' && own !== '' ? own : rootId;
}

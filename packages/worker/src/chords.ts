import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Logger } from '@lovage/app';
import { ChordError, messageFromSignature } from '@lovage/app';
import type { ChordPart, ChordStore, OutgoingMessage, ResultBackend } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { SignatureDict } from '@lovage/protocol';
import { errorInfo, errorInfoFromJson, errorRepr, json, PROPAGATE_STATES, parseJson } from '@lovage/protocol';
import type { Completer, Completion } from './completer.ts';
import type { Conclusion } from './conclusion.ts';
import { RecordWriter } from './records.ts';

const RETRY_MS = 250;

/**
 * Counts the header tasks of chords as they end. The one that completes a header sends the body, or, when a part
 * failed, stores the failure under the body's id. The order is: own record, count, body with the acknowledgement,
 * then the count is dropped; a crash between repeats the delivery, and the count answers the same part the same.
 */
export class Chords {
  readonly #app: App;
  readonly #results: ResultBackend | undefined;
  readonly #completer: Completer;
  readonly #records: RecordWriter;
  readonly #log: Logger;
  readonly #open = new Set<Promise<void>>();

  constructor(parts: {
    app: App;
    results: ResultBackend | undefined;
    completer: Completer;
    hostname: string;
    log: Logger;
  }) {
    this.#app = parts.app;
    this.#results = parts.results;
    this.#completer = parts.completer;
    this.#log = parts.log;
    this.#records = new RecordWriter(parts.app, {
      hostname: parts.hostname,
      keepsResults: parts.results !== undefined,
      errorsEvenIfIgnored: true,
    });
  }

  complete(chord: NonNullable<Conclusion['chord']>, completion: Completion): void {
    const counting = this.#count(chord, completion).finally(() => this.#open.delete(counting));
    this.#open.add(counting);
  }

  /** Resolves when every part counted so far has been handed to the completer. */
  async flush(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async #count({ id, part, body }: NonNullable<Conclusion['chord']>, completion: Completion): Promise<void> {
    const chords = this.#results?.chords;
    if (!chords) {
      this.#log.error(
        `task ${part.taskId} is part of chord ${id}, but no result backend that counts chords is configured: its body will never run`,
      );
      this.#completer.add(completion);
      return;
    }
    for (;;) {
      try {
        if (completion.records.length > 0) await this.#results?.store(completion.records);
        const progress = await chords.arrive(id, part);
        const then = progress.complete ? this.#finish(body, progress.parts) : { records: [], followUps: [] };
        this.#completer.add({
          ...completion,
          records: then.records,
          followUps: [...completion.followUps, ...then.followUps],
          onSettled: (lost) => {
            completion.onSettled?.(lost);
            // When it was not ours any more nothing was sent: whoever runs it again must find the count complete.
            if (progress.complete && !lost) void this.#drop(chords, id);
          },
        });
        return;
      } catch (error) {
        if (!(error instanceof DriverError && error.code === 'unavailable')) {
          this.#log.error(`cannot count task ${part.taskId} towards chord ${id}`, { err: error });
          this.#completer.add(completion);
          return;
        }
        // Uncounted and unsettled: whoever runs it again counts it.
        if (this.#completer.gaveUp) return completion.onSettled?.(true);
        await sleep(RETRY_MS);
      }
    }
  }

  async #drop(chords: ChordStore, id: string): Promise<void> {
    try {
      await chords.drop(id);
    } catch (error) {
      this.#log.warn(`chord ${id} stays counted until it expires`, { err: error });
    }
  }

  #finish(body: SignatureDict, parts: readonly ChordPart[]): Pick<Completion, 'records' | 'followUps'> {
    const bad = parts.find((part) => PROPAGATE_STATES.has(part.state));
    if (bad) {
      const cause = errorInfoFromJson(parseJson(new TextDecoder().decode(bad.payload)));
      return this.#fail(body, new ChordError(`Dependency ${bad.taskId} raised ${errorRepr(cause)}`));
    }
    try {
      const values = parts.map((part) => json.decode(part.payload));
      const last = parts.at(-1);
      const message = messageFromSignature(this.#app, body, {
        prependArgs: [values],
        ...(last ? { parentId: last.taskId } : {}),
      });
      return { records: [], followUps: [message] };
    } catch (error) {
      // The body cannot be sent, ever: whoever waits for it must learn that.
      return this.#fail(body, new ChordError(`Callback error: ${errorRepr(errorInfo(error))}`));
    }
  }

  /** The body will never run: its id gets the failure, and its errbacks are sent. */
  #fail(body: SignatureDict, error: ChordError): Pick<Completion, 'records' | 'followUps'> {
    const id = body.options['task_id'];
    if (typeof id !== 'string') return { records: [], followUps: [] };
    const subject = {
      id,
      task: body.task,
      group: null,
      parentId: null,
      replyTo: null,
      retries: 0,
      ignoreResult: false,
    };
    const errbacks = body.options['link_error'];
    const list = (
      Array.isArray(errbacks) ? errbacks : errbacks ? [errbacks] : []
    ) as readonly SignatureDict[];
    return {
      records: this.#records.failure(subject, errorInfo(error), null, Date.now()),
      followUps: list.flatMap((errback) => this.#errback(errback, id)),
    };
  }

  /** None when it cannot be sent: the failure itself must be stored all the same. */
  #errback(errback: SignatureDict, id: string): OutgoingMessage[] {
    try {
      return [messageFromSignature(this.#app, errback, { prependArgs: [id], parentId: id })];
    } catch (error) {
      this.#log.error(`an errback of chord body ${id} cannot be sent`, { err: error });
      return [];
    }
  }
}

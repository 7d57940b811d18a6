import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lovage/app';
import type {
  Broker,
  ChordOpening,
  Consumer,
  Delivery,
  OutgoingMessage,
  ResultBackend,
  ResultRecord,
  Settlement,
} from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';

/** One thing that ended. Without `settlement` the delivery was acknowledged before (early ack), or there is none. */
export interface Completion {
  readonly records: readonly ResultRecord[];
  readonly followUps: readonly OutgoingMessage[];
  /** Chords that some of the follow-ups are parts of. */
  readonly opens?: readonly ChordOpening[];
  readonly settlement?: Settlement;
  /** Called when everything above is durable; `lost` if the delivery was no longer ours, so nothing was settled. */
  readonly onSettled?: (lost: boolean) => void;
}

/** The most completions in one batch: bounds the size of a script or a transaction. */
const MAX_BATCH = 500;
const RETRY_MS = [50, 100, 250, 500, 1000];

/**
 * Makes the ends of executions durable, in the order they came, many at a time.
 * Where one store serves broker and results, one write does it all; elsewhere the order is
 * store, then follow-ups with the acknowledgement: a crash repeats a step and loses none.
 */
export class Completer {
  readonly #consumer: Consumer;
  readonly #broker: Broker;
  readonly #results: ResultBackend | undefined;
  readonly #together: boolean;
  readonly #onSent: ((messages: readonly OutgoingMessage[]) => void) | undefined;
  readonly #log: Logger;
  #pending: Completion[] = [];
  #running: Promise<void> | undefined;
  #gaveUp = false;

  constructor(options: {
    consumer: Consumer;
    broker: Broker;
    results: ResultBackend | undefined;
    /** Broker and results are one store, and its driver settles with records. */
    together: boolean;
    /** Told of follow-ups that are durable. */
    onSent?: ((messages: readonly OutgoingMessage[]) => void) | undefined;
    log: Logger;
  }) {
    this.#consumer = options.consumer;
    this.#broker = options.broker;
    this.#results = options.results;
    this.#together = options.together;
    this.#onSent = options.onSent;
    this.#log = options.log;
  }

  add(completion: Completion): void {
    this.#pending.push(completion);
    this.#running ??= this.#run();
  }

  /** Resolves when what was added before is settled; what is added later does not delay it. */
  caughtUp(): Promise<void> {
    return new Promise((resolve) => this.add({ records: [], followUps: [], onSettled: () => resolve() }));
  }

  /** Resolves when there is nothing left to settle. */
  async flush(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Try no more while the service is away: what is unsettled then comes back when its lease lapses. */
  giveUp(): void {
    this.#gaveUp = true;
  }

  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  async #run(): Promise<void> {
    // One turn of the event loop: whatever ends in it travels together. An idle worker loses nothing by it.
    await new Promise(setImmediate);
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, MAX_BATCH);
      await this.#untilDurable(batch);
    }
    this.#running = undefined;
  }

  /** Tries again while the service is away. A batch that is refused is tried one by one, so that one cannot spoil many. */
  async #untilDurable(batch: readonly Completion[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const lost = new Set(await this.#finish(batch));
        for (const { settlement, followUps, onSettled } of batch) {
          const gone = settlement !== undefined && lost.has(settlement.delivery);
          if (followUps.length > 0 && !gone) this.#onSent?.(followUps);
          onSettled?.(gone);
        }
        return;
      } catch (error) {
        if (error instanceof DriverError && error.code === 'unavailable') {
          if (this.#gaveUp) {
            this.#log.error(
              `could not settle ${batch.length} tasks before the end; they come back when their lease lapses`,
            );
            for (const { onSettled } of batch) onSettled?.(true);
            return;
          }
          this.#log.warn(
            `cannot settle ${batch.length} finished tasks yet, will try again: ${error.message}`,
          );
          await sleep(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
        } else if (batch.length > 1) {
          for (const completion of batch) await this.#untilDurable([completion]);
          return;
        } else {
          return this.#abandon(batch[0]!, error);
        }
      }
    }
  }

  async #finish(batch: readonly Completion[]): Promise<readonly Delivery[]> {
    const settlements: Settlement[] = [];
    const records: ResultRecord[] = [];
    const messages: OutgoingMessage[] = [];
    for (const completion of batch) {
      const { settlement, followUps } = completion;
      const withIt = this.#together && settlement?.kind === 'done';
      if (!withIt) records.push(...completion.records);
      if (settlement?.kind === 'done') {
        settlements.push({
          kind: 'done',
          delivery: settlement.delivery,
          ...(followUps.length > 0 ? { followUps } : {}),
          ...(withIt && completion.records.length > 0 ? { records: completion.records } : {}),
        });
      } else {
        messages.push(...followUps);
        if (settlement) settlements.push(settlement);
      }
    }
    for (const { opens = [] } of batch) await this.#open(opens);
    if (records.length > 0) await this.#results?.store(records);
    if (messages.length > 0) await this.#broker.publish(messages);
    return settlements.length > 0 ? this.#consumer.settle(settlements) : [];
  }

  /** Before their parts are sent. Opening a chord again changes nothing, so a batch may be tried again. */
  async #open(opens: readonly ChordOpening[]): Promise<void> {
    for (const chord of opens) await this.#results?.chords?.open(chord);
  }

  /**
   * The store refuses this one for good: a result it cannot hold, say. The message goes back counted as lost,
   * so that it ends as poison after its deliveries instead of vanishing, and people are told.
   */
  async #abandon({ settlement, onSettled }: Completion, error: unknown): Promise<void> {
    const delivery = settlement?.delivery;
    this.#log.error(`cannot settle task ${delivery?.envelope.id ?? ''}: ${messageOf(error)}`);
    try {
      if (delivery) await this.#consumer.settle([{ kind: 'release', delivery, lost: true }]);
    } catch (releaseError) {
      this.#log.error(`nor give it back; its lease will lapse: ${messageOf(releaseError)}`);
    }
    onSettled?.(true);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

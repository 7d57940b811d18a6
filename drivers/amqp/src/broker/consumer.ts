import {
  type ConsumeOptions,
  type Consumer,
  type Delivery,
  DriverError,
  type Settlement,
} from '@lovage/contracts';
import { Backoff, WakeBell } from '@lovage/contracts/kit';
import type { Message } from 'amqplib';
import { replyCode } from '../connection/failure.ts';
import type { Link } from '../connection/link.ts';
import { envelopeOf, isWorn, wayOf } from '../wire/message.ts';
import type { Arrived } from './arrived.ts';
import { Flow } from './flow.ts';
import { answerOf, departures, type Grip, type Held } from './grip.ts';
import { Holding } from './holding.ts';
import { landed } from './pace.ts';
import type { Publisher } from './publisher.ts';
import type { Topology } from './topology.ts';

/** What arrived and was not asked for in this time goes back, for others to take. */
const LINGER_MS = 100;
/** Work so short that claims follow each other without a pause. */
const BRISK_MS = 50;
/** Then so many times what may be held is on its way: some of it is being settled. */
const AHEAD = 1.5;
const NOT_FOUND = 404;
/** Only a ring wakes a claim. */
const FOR_EVER = Number.POSITIVE_INFINITY;

export interface ConsumerParts {
  readonly link: Link;
  readonly topology: Topology;
  readonly publisher: Publisher;
  /** How long RabbitMQ waits for an answer to a delivery before it takes everything back. */
  readonly answerWithinMs: number;
  readonly log: (level: 'info' | 'warn', message: string) => void;
  readonly onClose: () => void;
}

/** Takes deliveries through one channel. They are ours until it ends, for whatever reason. */
export class AmqpConsumer implements Consumer {
  readonly #parts: ConsumerParts;
  readonly #options: ConsumeOptions;
  readonly #flow: Flow;
  readonly #holding: Holding;
  readonly #held = new Map<string, Held>();
  readonly #bell = new WakeBell();
  readonly #closing = new AbortController();
  readonly #trouble = new Backoff({ baseMs: 50, maxMs: 2_000 });
  #claiming: Promise<readonly Delivery[]> | undefined;
  #moving: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #linger: NodeJS.Timeout | undefined;
  /** What was settled last had been claimed a moment ago. */
  #brisk = false;
  #either: { readonly signal: AbortSignal; readonly combined: AbortSignal } | undefined;

  constructor(parts: ConsumerParts, options: ConsumeOptions) {
    this.#parts = parts;
    this.#options = options;
    const { link, topology, publisher } = parts;
    const onChange = () => this.#bell.ring();
    const onLoss = () => this.#forgetLost();
    const log = (message: string) => this.#say('warn', message);
    const onReturn = (message: Message) =>
      void this.#holding.bringHome(message).catch((error) => log(`could not bring a message home: ${error}`));
    this.#flow = new Flow({ link, topology, onChange, onLoss, onReturn, log }, options.queues);
    this.#holding = new Holding({ link, publisher, onLoss, move: (moves) => this.#flow.move(moves) });
  }

  async claim(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.#refuseAfterClose();
    if (this.#claiming)
      throw new DriverError('refused', `consumer ${this.#options.consumer}: one claim at a time`);
    clearTimeout(this.#linger);
    this.#claiming = this.#claimOrWait(max, this.#orClosing(signal));
    try {
      const deliveries = await this.#claiming;
      return this.#closed ? [] : deliveries;
    } finally {
      this.#claiming = undefined;
      if (!this.#closed) this.#pause();
    }
  }

  /** Nothing lapses while its channel lives; what RabbitMQ would take back for being held long is held anew. */
  async renew(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    this.#refuseAfterClose();
    this.#moving ??= this.#holdAnew().finally(() => {
      this.#moving = undefined;
    });
    return deliveries.filter(({ receipt }) => !this.#held.has(receipt));
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Delivery[]> {
    this.#refuseAfterClose();
    return this.#settle(settlements);
  }

  async #settle(settlements: readonly Settlement[]): Promise<readonly Delivery[]> {
    const lost: Delivery[] = [];
    const ours: { readonly settlement: Settlement; readonly held: Held }[] = [];
    const nowMs = performance.now();
    for (const settlement of settlements) {
      const { receipt } = settlement.delivery;
      const held = this.#held.get(receipt);
      if (held) this.#brisk = nowMs - held.sinceMs < BRISK_MS;
      if (held) ours.push({ settlement, held });
      else lost.push(settlement.delivery);
      this.#held.delete(receipt);
    }
    if (ours.length === 0) return lost;
    await Promise.all(ours.map(({ held }) => held.moving));
    const { publisher, topology } = this.#parts;
    try {
      await publisher.publish(
        ours.flatMap(({ settlement, held }) =>
          departures(settlement, held, topology.deadLetter(held.delivery.queue)),
        ),
      );
    } catch (error) {
      // None is settled: whoever tries again finds them as they were.
      for (const { held } of ours) if (held.grip.isOurs()) this.#held.set(held.delivery.receipt, held);
      throw error;
    }
    // While nobody waits nothing shall be pushed in the place of what is settled.
    if (!this.#claiming) await this.#flow.settled();
    for (const { settlement, held } of ours)
      if (!held.grip.answer(answerOf(settlement, held))) lost.push(settlement.delivery);
    await this.#flow.heard();
    this.#bell.ring();
    return lost;
  }

  async subscribe(queues: readonly string[]): Promise<void> {
    this.#refuseAfterClose();
    await this.#giveBack(await this.#flow.redirect(queues));
    this.#bell.ring();
  }

  close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  async #leave(): Promise<void> {
    clearTimeout(this.#linger);
    this.#closing.abort();
    await this.#claiming?.catch(() => undefined);
    await this.#moving;
    await this.#returnMoved();
    await Promise.all([this.#flow.close(), this.#holding.close()]);
    this.#held.clear();
    this.#parts.onClose();
  }

  /** What stands in queues of ours would wait there for its time, and be counted as lost. */
  async #returnMoved(): Promise<void> {
    const moved = [...this.#held.values()].filter(({ grip }) => !grip.returns);
    if (moved.length === 0) return;
    await this.#settle(moved.map(({ delivery }) => ({ kind: 'release', delivery }))).catch((error) =>
      this.#say('warn', `could not give back what it held: ${error}`),
    );
  }

  async #claimOrWait(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    while (!signal.aborted) {
      this.#bell.reset();
      const room = Math.min(max, this.#options.prefetch - this.#held.size);
      if (room > 0) {
        if (this.#flow.buffered === 0 || (this.#brisk && !this.#flow.isOpen)) await this.#open(room, signal);
        const taken = signal.aborted ? [] : this.#flow.take(room);
        const deliveries = await this.#watched(taken.map((arrived) => this.#hold(arrived)));
        if (deliveries.length > 0) return deliveries;
      }
      await this.#bell.heard(FOR_EVER, signal);
      // Its neighbours have come in the same packet.
      await landed();
    }
    return [];
  }

  /** Have messages pushed, and sit out the time in which the broker is away: that is no reason to stop a worker. */
  async #open(room: number, signal: AbortSignal): Promise<void> {
    try {
      const { prefetch } = this.#options;
      await this.#flow.open(room, this.#brisk ? Math.ceil(prefetch * AHEAD) : undefined);
      if (this.#trouble.attempts > 0) this.#say('info', 'reaches its broker again');
      this.#trouble.reset();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (this.#trouble.attempts === 0) this.#say('warn', `waits for its broker: ${error.message}`);
      await this.#trouble.wait(signal);
      this.#bell.ring();
    }
  }

  #hold(arrived: Arrived): Delivery {
    const { queue, message, epoch } = arrived;
    const { deliveryTag, redelivered } = message.fields;
    const receipt = `${epoch}.${deliveryTag}`;
    const delivery = { queue, envelope: envelopeOf(message), ...wayOf(message, redelivered), receipt };
    const grip: Grip = {
      arrived,
      isOurs: () => this.#flow.isOurs(arrived),
      answer: (how) => this.#flow.answer(arrived, how),
      returns: !isWorn(message),
      buries: !this.#parts.topology.mustBury(queue),
    };
    this.#held.set(receipt, { delivery, grip, sinceMs: performance.now() });
    return delivery;
  }

  /**
   * What has been out before may be what its workers die of. RabbitMQ would not say how often; our own queues do, for
   * what was in them when its consumer vanished. Answers those that are ours still.
   */
  async #watched(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    const suspects = deliveries.filter(({ redelivered }) => redelivered);
    if (suspects.length === 0) return deliveries;
    await this.#move(suspects.map(({ receipt }) => this.#held.get(receipt)!));
    return deliveries.filter(({ receipt }) => this.#held.has(receipt));
  }

  /** Half of the time is left then for what may go wrong. */
  async #holdAnew(): Promise<void> {
    const before = performance.now() - this.#parts.answerWithinMs / 2;
    await this.#move([...this.#held.values()].filter(({ sinceMs }) => sinceMs < before));
  }

  /** Hold them through queues of our own from now on; as before where that cannot be now. */
  async #move(all: readonly Held[]): Promise<void> {
    if (all.length === 0) return;
    const moving = this.#holding
      .take(all)
      .catch((error) => this.#say('warn', `cannot hold ${all.length} messages anew: ${error}`));
    for (const held of all) held.moving = moving;
    await moving;
    for (const held of all) if (held.moving === moving) delete held.moving;
    this.#forgetLost();
  }

  /** Nobody waits any more: others shall have what comes now, and soon what has come. */
  #pause(): void {
    // Who settles at once will claim at once.
    if (!this.#brisk) this.#shut();
    this.#linger = setTimeout(() => {
      if (this.#claiming) return;
      this.#shut();
      if (this.#flow.buffered === 0) return;
      void this.#giveBack(this.#flow.drain()).catch((error) => this.#say('warn', String(error)));
    }, LINGER_MS);
  }

  #shut(): void {
    void this.#flow.shut(() => this.#claiming !== undefined).catch(() => undefined);
  }

  async #giveBack(unclaimed: readonly Arrived[]): Promise<void> {
    if (unclaimed.length === 0) return;
    await this.#flow.settled();
    const worn = unclaimed.filter(({ message }) => isWorn(message));
    await this.#parts.publisher.publish(
      worn.map(({ queue, message }) => {
        const { deliveries } = wayOf(message, true);
        return { queue, envelope: envelopeOf(message), marks: { deliveries, redelivered: true } };
      }),
    );
    for (const arrived of unclaimed) this.#flow.answer(arrived, isWorn(arrived.message) ? 'ack' : 'requeue');
    await this.#flow.heard();
  }

  #forgetLost(): void {
    for (const [receipt, { grip }] of this.#held) if (!grip.isOurs()) this.#held.delete(receipt);
    this.#bell.ring();
  }

  #say(level: 'info' | 'warn', message: string): void {
    this.#parts.log(level, `consumer ${this.#options.consumer} ${message}`);
  }

  /** One for all claims of a caller, who brings the same signal each time: a new one each would pile up on it. */
  #orClosing(signal: AbortSignal): AbortSignal {
    if (this.#either?.signal !== signal)
      this.#either = { signal, combined: AbortSignal.any([signal, this.#closing.signal]) };
    return this.#either.combined;
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', `consumer ${this.#options.consumer} is closed`);
  }
}

/** The broker is away, or somebody deletes a queue at this moment: it will be made again. */
function mayPass(error: unknown): error is DriverError {
  if (!(error instanceof DriverError)) return false;
  return error.code === 'unavailable' || replyCode(error.cause) === NOT_FOUND;
}

import { loadavg, type } from 'node:os';
import { version } from '../software.ts';
import type { EventDispatcher } from './dispatcher.ts';

/** What heartbeats tell of a worker. */
export interface Pulse {
  /** Tasks that run. */
  readonly active: number;
  /** Tasks begun since the start. */
  readonly processed: number;
}

/**
 * Tells monitors and other workers that this one is there: when it comes, every `everyMs`, and when it goes.
 * Receivers count a worker as dead after two missed beats (wire spec 9.2).
 */
export class Heart {
  readonly #dispatcher: EventDispatcher;
  readonly #everyMs: number;
  readonly #pulse: () => Pulse;
  readonly #onBeat: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly dispatcher: EventDispatcher;
    readonly everyMs: number;
    readonly pulse: () => Pulse;
    /** After each beat. */
    readonly onBeat: () => void;
  }) {
    this.#dispatcher = options.dispatcher;
    this.#everyMs = options.everyMs;
    this.#pulse = options.pulse;
    this.#onBeat = options.onBeat;
  }

  start(): void {
    this.#say('worker-online');
    this.#timer = setInterval(() => this.beat(), this.#everyMs);
  }

  /** Now, and as often as ever. */
  beat(): void {
    this.#say('worker-heartbeat');
    this.#onBeat();
  }

  /** The last thing that this worker says. */
  stop(): void {
    clearInterval(this.#timer);
    this.#say('worker-offline');
  }

  #say(what: string): void {
    const { active, processed } = this.#pulse();
    this.#dispatcher.send(what, {
      freq: this.#everyMs / 1000,
      active,
      processed,
      loadavg: loadavg().map((value) => Math.round(value * 100) / 100),
      ...SOFTWARE,
    });
  }
}

const SOFTWARE = { sw_ident: 'lovage', sw_ver: version(), sw_sys: type() };

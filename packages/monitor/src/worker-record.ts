import type { EventDocument } from '@lovage/protocol';
import { amount, loadAverage, name, number } from './fields.ts';
import type { Moment } from './moment.ts';
import { momentOf } from './moment.ts';

/** Heartbeats of a worker that never told how often they come, in seconds. */
const DEFAULT_FREQ_S = 60;

/** So many heartbeats may be missing before a worker counts as dead. */
const MISSED = 2;

/** What is known of a worker. What no event told is undefined. */
export interface WorkerView {
  readonly hostname: string;
  /** It has not said that it ends, and was heard of within two heartbeats. */
  readonly alive: boolean;
  /** Epoch ms until which it counts as alive when nothing more is heard of it. */
  readonly aliveUntilMs: number;
  /** Epoch ms, here, of the last that was heard of it. */
  readonly heardMs: number;
  /** It said that it ends. */
  readonly offline: boolean;
  readonly pid: number | undefined;
  /** Seconds between heartbeats. */
  readonly freq: number;
  /** Tasks that run. */
  readonly active: number | undefined;
  /** Tasks since it started. */
  readonly processed: number | undefined;
  /** Of its machine, over 1, 5 and 15 minutes. */
  readonly loadavg: readonly [number, number, number] | undefined;
  readonly swIdent: string | undefined;
  readonly swVer: string | undefined;
  readonly swSys: string | undefined;
  /** Its Lamport clock. */
  readonly clock: number;
  /** Seconds between its clock on the wall and ours, with what the event took on its way. Over 16, Celery warns. */
  readonly drift: number;
}

/** What events of a worker tell besides when. */
interface Told {
  pid?: number | undefined;
  freq?: number | undefined;
  active?: number | undefined;
  processed?: number | undefined;
  loadavg?: readonly [number, number, number] | undefined;
  swIdent?: string | undefined;
  swVer?: string | undefined;
  swSys?: string | undefined;
}

/** One worker: the last that it told of itself. */
export class WorkerRecord {
  readonly hostname: string;
  #told: Told = {};
  /** Its last event of its own, not of a task. */
  #last: Moment | undefined;
  #offline = false;
  #heardMs = 0;
  #clock = 0;
  #drift = 0;

  constructor(hostname: string) {
    this.hostname = hostname;
  }

  /** Takes what follows `worker-` in its type. What comes late changes nothing that is known already. */
  apply(subject: string, event: EventDocument, receivedMs: number): void {
    this.hear(receivedMs);
    const moment = momentOf(event);
    const late = this.#last !== undefined && isEarlier(moment, this.#last);
    const told = read(event);
    this.#told = late ? merge(told, this.#told) : merge(this.#told, told);
    if (late) return;
    this.#last = moment;
    this.#offline = subject === 'offline';
    this.#clock = moment.clock;
    this.#drift = Math.abs(receivedMs / 1000 - event.timestamp);
  }

  /** Whoever tells of its tasks is there. */
  hear(receivedMs: number): void {
    this.#heardMs = Math.max(this.#heardMs, receivedMs);
  }

  get heardMs(): number {
    return this.#heardMs;
  }

  get aliveUntilMs(): number {
    const freqS = this.#told.freq ?? DEFAULT_FREQ_S;
    return this.#offline ? 0 : this.#heardMs + freqS * MISSED * 1000;
  }

  view(nowMs: number): WorkerView {
    const { pid, freq, active, processed, loadavg, swIdent, swVer, swSys } = this.#told;
    const { aliveUntilMs } = this;
    return {
      hostname: this.hostname,
      alive: nowMs < aliveUntilMs,
      aliveUntilMs,
      heardMs: this.#heardMs,
      offline: this.#offline,
      pid,
      freq: freq ?? DEFAULT_FREQ_S,
      active,
      processed,
      loadavg,
      swIdent,
      swVer,
      swSys,
      clock: this.#clock,
      drift: this.#drift,
    };
  }
}

/**
 * By both clocks: a wall clock that was set back must not silence a worker until it has caught up, and a Lamport clock
 * begins anew when a worker does.
 */
function isEarlier(one: Moment, other: Moment): boolean {
  return one.timestamp <= other.timestamp && one.clock <= other.clock;
}

function read(event: EventDocument): Told {
  const freq = amount(event, 'freq');
  return {
    pid: number(event, 'pid'),
    freq: freq === 0 ? undefined : freq,
    active: amount(event, 'active'),
    processed: amount(event, 'processed'),
    loadavg: loadAverage(event),
    swIdent: name(event, 'sw_ident'),
    swVer: name(event, 'sw_ver'),
    swSys: name(event, 'sw_sys'),
  };
}

function merge(before: Told, after: Told): Told {
  return {
    pid: after.pid ?? before.pid,
    freq: after.freq ?? before.freq,
    active: after.active ?? before.active,
    processed: after.processed ?? before.processed,
    loadavg: after.loadavg ?? before.loadavg,
    swIdent: after.swIdent ?? before.swIdent,
    swVer: after.swVer ?? before.swVer,
    swSys: after.swSys ?? before.swSys,
  };
}

import { duration } from '../output/durations.ts';
import { fit } from '../output/fit.ts';
import type { Tally } from './job.ts';

const BAR = 24;
const EVERY_MS = 100;
/** Where nobody watches, a line for so many messages. */
const EVERY_MESSAGES = 1000;

/** Tells on stderr how far it is. */
export interface Progress {
  readonly report: (tally: Tally) => void;
  /** Leaves the screen as it was. */
  readonly end: () => void;
}

export const silence: Progress = { report() {}, end() {} };

/**
 * A bar with rate and time left on a terminal, a line now and then elsewhere.
 * @param total How many there are, as far as is known
 */
export function showProgress(total: number): Progress {
  const startedMs = performance.now();
  const rate = (done: number): number => done / Math.max(0.001, (performance.now() - startedMs) / 1000);
  return process.stderr.isTTY ? bar(total, rate) : lines(total, rate);
}

function lines(total: number, rate: (done: number) => number): Progress {
  let told = 0;
  return {
    report({ total: done }) {
      if (Math.floor(done / EVERY_MESSAGES) === Math.floor(told / EVERY_MESSAGES)) return;
      told = done;
      console.error(
        `Migrated ${number(done)} of ${number(Math.max(total, done))} messages (${number(rate(done))}/s)`,
      );
    },
    end() {},
  };
}

function bar(total: number, rate: (done: number) => number): Progress {
  let drawnMs = Number.NEGATIVE_INFINITY;
  return {
    report({ total: done }) {
      if (performance.now() - drawnMs < EVERY_MS) return;
      drawnMs = performance.now();
      const line = progressLine(done, total, rate(done));
      process.stderr.write(`\r${fit(line, (process.stderr.columns ?? 80) - 1)}`);
    },
    end() {
      if (drawnMs > 0) process.stderr.write('\r\u001b[K');
    },
  };
}

/** `━━━━━━──────  120/240  50 %  40/s  3.0s left` */
export function progressLine(done: number, total: number, perSecond: number): string {
  const all = Math.max(total, done, 1);
  const filled = Math.round((done / all) * BAR);
  return [
    '━'.repeat(filled) + '─'.repeat(BAR - filled),
    `${number(done)}/${number(all)}`,
    `${Math.floor((done / all) * 100)} %`,
    `${number(perSecond)}/s`,
    perSecond > 0 ? `${duration((all - done) / perSecond)} left` : '',
  ].join('  ');
}

const number = (value: number): string => Math.round(value).toLocaleString('en');

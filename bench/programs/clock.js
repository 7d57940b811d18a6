// Shared by every measured program on Node: one clock, one way to say what happened, one task.
// Plain JavaScript, so that no program pays for type stripping in its memory or start-up time.
import { appendFileSync } from 'node:fs';

/** Milliseconds of CLOCK_MONOTONIC: the same clock in every process of one machine, Python's too. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Append one fact to the file that the bench reads; one short append is one write. */
export function mark(what, value = now()) {
  appendFileSync(process.env.BENCH_MARKS, `${what} ${value}\n`);
}

let ran = false;

/**
 * The task of every measurement: it returns its argument. The first run in a process is marked, and a
 * message that carries its time of sending has its latency marked.
 */
export function echo(argument) {
  if (argument.at !== undefined) mark('latency', now() - argument.at);
  if (!ran) {
    ran = true;
    mark('first');
  }
  return argument;
}

/** About 50 bytes of JSON, different for every task, so that each result can be told from the others. */
export const argument = (n) => ({ n, email: 'someone@example.com', ok: true });

/** A task of a chord's header: it returns its number. */
export const number = (n) => n;

/** The body of a chord: marks that it runs, then how many of the header's numbers stand where they should. */
export function count(numbers) {
  mark('body');
  const inPlace = numbers.filter((n, at) => n === numbers[0] + at).length;
  mark('counted', inPlace);
  return inPlace;
}

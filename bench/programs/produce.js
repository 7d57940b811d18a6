// The job of a producer on Node, whatever system it sends through: what is sent, how, and what is timed.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { argument, mark, now } from './clock.js';

/**
 * Runs the job given on the command line: { how, count, width?, size?, warm?, first?, everyMs?, etaMs?, ids? }.
 * A sender offers `one(argument)` and `bulk(arguments)`, both to an id or ids, `close()`, and where the system has it
 * `later(arguments, etaMs)` and `chord(numbers)`, to the ids of the header and to `body()`, which waits for the body.
 */
export async function produce(sender) {
  const job = JSON.parse(process.argv[2]);
  const ways = { one, bulk, paced, later, chord };
  const ids = [];
  if (job.warm) await ways[job.how](sender, { ...job, count: job.warm }, job.count, []);
  const began = now();
  await ways[job.how](sender, job, 0, ids);
  mark('published', (now() - began) / 1000);
  if (job.ids) writeFileSync(job.ids, JSON.stringify(ids));
  await sender.close();
}

/** One call a message, `width` calls unanswered at any time. */
async function one(sender, { count, width = 100 }, from, ids) {
  let next = 0;
  const lane = async () => {
    while (next < count) ids.push(await sender.one(argument(from + next++)));
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Calls of `size` messages, one after another. */
async function bulk(sender, { count, size = 1000 }, from, ids) {
  for (let n = 0; n < count; n += size) {
    ids.push(...(await sender.bulk(slice(from + n, Math.min(size, count - n)))));
  }
}

/** One message each `everyMs`, stamped with the moment before its call. */
async function paced(sender, { count, everyMs = 20 }, from) {
  for (let n = 0; n < count; n += 1) {
    await sleep(everyMs);
    await sender.one({ ...argument(from + n), at: now() });
  }
}

/** Messages that are not due for `etaMs`. */
async function later(sender, { count, size = 1000, etaMs = 3_600_000 }, from) {
  for (let n = 0; n < count; n += size) {
    await sender.later(slice(from + n, Math.min(size, count - n)), etaMs);
  }
}

/**
 * A chord of `first` header tasks to its end, then the one that counts, marked before and after it is sent. Nobody waits
 * for that one's result here: what a client does meanwhile would be measured too.
 */
async function chord(sender, { count, first }, from, ids) {
  const numbers = (start, length) => Array.from({ length }, (_, n) => start + n);
  await (await sender.chord(numbers(from + count, first))).body();
  const header = numbers(from, count);
  mark('called');
  const sent = await sender.chord(header);
  mark('sent');
  ids.push(...sent.ids);
}

const slice = (from, length) => Array.from({ length }, (_, n) => argument(from + n));

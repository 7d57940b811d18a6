import { until } from '../clock.ts';
import { Program } from '../program.ts';
import type { Figures } from '../row.ts';
import { Scratch } from '../scratch.ts';
import type { System } from '../systems/system.ts';
import { verifyNumbers } from '../systems/verify.ts';
import { ready } from './ready.ts';

/** Header tasks of a chord before the measured one: both sides are connected, and have done all of it once. */
const first = 100;

/**
 * Seconds from the moment before a chord of `count` header tasks is made and called in one process: `body`, until its
 * body starts in a worker that was idle, and `sent`, until the caller has handed everything over. The worker begins
 * while the caller still sends, so one is not a part of the other.
 */
export async function chord(system: System, count: number): Promise<Figures> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  const { store, ledger } = opened;
  await using worker = new Program(system.worker(), store, scratch, 'worker');
  const patience = { everyMs: 50, limitMs: 600_000, check: () => worker.check() };
  await ready(worker, scratch, { settleMs: 1000 });

  const ids = scratch.file('ids');
  const job = { how: 'chord', count, first, ids } as const;
  await using producer = new Program(system.producer(job), store, scratch, 'producer');
  await until('the producer', () => producer.ended, patience);
  await producer.finished();
  await until('the body', () => scratch.marks('counted').length >= 2, patience);

  const counted = scratch.marks('counted');
  if (counted.join() !== `${first},${count}`) {
    throw new Error(
      `the bodies were to be given ${first} and ${count} numbers in order: ${counted.join(', ')}`,
    );
  }
  await until('the last acknowledgement', () => ledger.finished(count), patience);
  verifyNumbers(await ledger.results!(ids), count);
  const bodies = scratch.marks('body');
  if (bodies.length !== 2) throw new Error(`2 chords ran ${bodies.length} bodies`);

  const [called, sent] = [scratch.marks('called')[0]!, scratch.marks('sent')[0]!];
  return { body: (bodies[1]! - called) / 1000, sent: (sent - called) / 1000 };
}

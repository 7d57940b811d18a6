/**
 * Not a test: what jobs ahead are worth. The process pool with jobs of a usual size that take no time, fed as the
 * worker feeds it, with its places ahead and without.
 *
 *   node --conditions=lovage-source packages/worker/test/pools-speed.ts [children] [seconds per row]
 */
import { fileURLToPath } from 'node:url';
import { processPool } from '../src/pools/processes.ts';

const children = Number(process.argv[2] ?? 2);
const ms = Number(process.argv[3] ?? 2) * 1000;
const entry = fileURLToPath(import.meta.url);

const id = crypto.randomUUID();
/** As many headers as a message of Celery has. */
const headers = Object.fromEntries(Array.from({ length: 19 }, (_, n) => [`header ${n}`, n % 2 ? null : id]));
const input = { envelope: { id, headers, body: new Uint8Array(300).fill(97) }, queue: 'celery' };

/** In the children: what a conclusion looks like. */
export async function run(job: unknown): Promise<unknown> {
  const { envelope } = job as typeof input;
  return {
    records: [{ id: envelope.id, state: 'SUCCESS', payload: envelope.body.subarray(0, 200) }],
    followUps: [],
    settlement: 'done',
    report: { kind: 'succeeded', runtimeS: 0.001, text: '' },
  };
}

async function measure(usesAhead: boolean): Promise<void> {
  const pool = processPool({ size: children, entry });
  await pool.open();
  let count = 0;
  let last = 0;
  const ended = Promise.withResolvers<void>();
  const started = performance.now();
  const feed = (): void => {
    if (performance.now() - started > ms) {
      ended.resolve();
      return;
    }
    const { places, taken } = pool.ahead!;
    let room = pool.size - pool.busy + (usesAhead ? places - taken : 0);
    for (; room > 0; room -= 1) {
      last += 1;
      void pool.run({ id: String(last), input }).then(() => {
        count += 1;
      });
    }
  };
  pool.onFree(feed);
  const cpu = process.cpuUsage();
  feed();
  await ended.promise;
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round((count * 1000) / ms);
  console.log(
    `${usesAhead ? 'ahead  ' : 'without'}  ${String(rate).padStart(7)} jobs/s  parent ${((user + system) / count).toFixed(1)} µs cpu/job`,
  );
  await pool.close(0);
}

if (process.send === undefined && process.argv[1] === entry) {
  for (let round = 0; round < 3; round += 1) for (const usesAhead of [false, true]) await measure(usesAhead);
}

import { until } from '../clock.ts';
import { Program } from '../program.ts';
import type { Figures } from '../row.ts';
import { Scratch } from '../scratch.ts';
import { quantile } from '../statistics.ts';
import type { System } from '../systems/system.ts';
import { produce } from './produce.ts';
import { ready } from './ready.ts';

/** From the call in one process to the start of the task in another, a message each 20 ms, the worker idle. */
export async function latency(system: System, count: number): Promise<Figures> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  await using worker = new Program(system.worker(), opened.store, scratch, 'worker');
  await ready(worker, scratch, { settleMs: 1000 });
  const warm = 20;
  await produce(system, opened.store, scratch, { how: 'paced', count, warm });
  await until('the last message', () => scratch.marks('latency').length === count + warm, {
    everyMs: 50,
    limitMs: 10_000,
    check: () => worker.check(),
  });
  const times = scratch.marks('latency').slice(warm);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

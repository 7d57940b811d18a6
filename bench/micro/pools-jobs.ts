/**
 * What a pool costs a job that does nothing: jobs per second, and the memory of idle children (Linux).
 *
 *   node --conditions=lovage-source bench/micro/pools-jobs.ts [children] [seconds per row]
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Pool, PoolEntry } from '@lovage/contracts';
import { inlinePool } from '../../packages/worker/src/pools/inline.ts';
import { processPool } from '../../packages/worker/src/pools/processes.ts';

export const run: PoolEntry['run'] = async (input) => {
  const { envelope } = input as ReturnType<typeof input_>;
  return {
    records: [{ id: envelope.id, state: 'SUCCESS', payload: envelope.body.subarray(0, 300) }],
    followUps: [],
    settlement: 'done',
    report: { kind: 'succeeded', runtimeS: 0.001, text: '' },
  };
};

/** Shaped like what a worker hands over. */
function input_(bodyBytes: number) {
  const id = crypto.randomUUID();
  const headers = {
    lang: 'js',
    task: 'clinic.sendWelcome',
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    group_index: null,
    retries: 0,
    timelimit: [null, null],
    root_id: id,
    parent_id: null,
    argsrepr: "['a', 1]",
    kwargsrepr: '{}',
    origin: 'gen123@host',
    ignore_result: false,
    replaced_task_nesting: 0,
    stamped_headers: null,
    stamps: {},
  };
  const body = new Uint8Array(bodyBytes).fill(97);
  const envelope = { id, headers, body, contentType: 'application/json', contentEncoding: 'utf-8' };
  return { envelope, queue: 'celery', redelivered: false };
}

async function measure(
  name: string,
  pool: Pool,
  bodyBytes: number,
  ms: number,
  limits: object,
): Promise<void> {
  const input = input_(bodyBytes);
  const { promise, resolve } = Promise.withResolvers<void>();
  let ended = 0;
  let id = 0;
  const until = performance.now() + ms;
  const started = performance.now();
  const cpu = process.cpuUsage();
  const fill = () => {
    if (performance.now() > until) {
      if (pool.busy === 0) resolve();
      return;
    }
    while (pool.busy < pool.size) {
      id += 1;
      void pool.run({ id: String(id), input, ...limits }).then(() => {
        ended += 1;
        if (pool.busy === 0) fill();
      });
    }
  };
  // Freed slots are filled in the tick in which they fall free; inline only in turns, or it would recurse.
  if (pool.traits.isolated) pool.onFree(fill);
  fill();
  await promise;
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${name.padEnd(22)} ${String(bodyBytes).padStart(8)} B ${Math.round(ended / seconds)
      .toString()
      .padStart(8)} jobs/s  ${((user + system) / ended).toFixed(1)} µs cpu/job here`,
  );
}

function proportionalMb(pid: number): string {
  const file = `/proc/${pid}/smaps_rollup`;
  if (!existsSync(file)) return '?';
  return (Number(/^Pss:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))![1]) / 1024).toFixed(1);
}

if (import.meta.main) {
  const size = Number(process.argv[2] ?? 2);
  const ms = Number(process.argv[3] ?? 2) * 1000;
  for (const limits of [{}, { softMs: 10_000, hardMs: 20_000 }]) {
    const inline = inlinePool({ size: 100, entry: { run } });
    await inline.open();
    await measure(`inline 100${'softMs' in limits ? ', limits' : ''}`, inline, 100, ms, limits);
    await inline.close(0);
  }
  for (const limits of [{}, { softMs: 10_000, hardMs: 20_000 }]) {
    for (const bodyBytes of 'softMs' in limits ? [100] : [100, 1024, 65_536, 1_048_576]) {
      const pool = processPool({ size, entry: new URL(import.meta.url) });
      const started = performance.now();
      await pool.open();
      const openMs = performance.now() - started;
      const idle = pool.pids.map(proportionalMb).join(' + ');
      await measure(`processes ${size}${'softMs' in limits ? ', limits' : ''}`, pool, bodyBytes, ms, limits);
      const used = pool.pids.map(proportionalMb).join(' + ');
      console.log(
        `    open ${openMs.toFixed(0)} ms; children idle ${idle} MB, after ${used} MB; here ${proportionalMb(process.pid)} MB`,
      );
      await pool.close(0);
    }
  }
}

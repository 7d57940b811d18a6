// `node --conditions=lovage-source bench/eta-million.ts [count]`: what a million tasks that are not due
// cost a running worker. The promise is less than 50 MB; the exit code says whether it is kept.
import { parseArgs } from 'node:util';
import { buildOurs, installPeers } from './install.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const count = Number(positionals[0] ?? 1_000_000);
if (!Number.isInteger(count) || count < 1) throw new Error(`${positionals[0]}: a number of tasks is needed`);
const limit = 50e6;

installPeers();
buildOurs();
const { park } = await import('./measure/eta-memory.ts'); // it imports what was only just installed
const { lovage } = await import('./systems/lovage.ts');
const { endWithUs } = await import('./program.ts');
endWithUs();

const system = lovage({ store: 'redis', pool: 'async', concurrency: 100, form: 'built' });
const { before, peak, after, seconds } = await park(system, count);
const growth = peak - before;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${count.toLocaleString('en-US')} tasks due in an hour, parked in ${seconds.toFixed(1)} s`);
console.log(
  `worker (async, built), resident: ${megabytes(before)} before, ${megabytes(peak)} at most, ${megabytes(after)} after`,
);
console.log(
  `growth at the peak ${megabytes(growth)}, ${(growth / count).toFixed(1)} bytes each; at most ${megabytes(limit)}: ${growth < limit ? 'met' : 'MISSED'}`,
);
process.exitCode = growth < limit ? 0 : 1;

/**
 * A program: a worker that takes what its queue holds and never ends a task, until it is killed.
 * `node holder.ts BROKER BACKEND QUEUE COUNT`; says `holds` once it works on COUNT tasks.
 */
import { Lovage } from 'lovage';

const [broker = '', backend = '', queue = '', count = '1'] = process.argv.slice(2);
// A test that failed must not leave us behind.
process.stdin.resume().once('end', () => process.exit(1));

const app = new Lovage('interop', {
  brokerUrl: broker,
  resultBackend: backend,
  taskDefaultQueue: queue,
  taskAcksLate: true,
  lovageLeaseSeconds: 2,
  lovageLogLevel: 'silent',
});
let begun = 0;
app.task('shared.mark', (_: number) => {
  begun += 1;
  if (begun === Number(count)) console.log('holds');
  return new Promise<null>(() => {});
});
await app.worker({ concurrency: Number(count), prefetchMultiplier: 1 });

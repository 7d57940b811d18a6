/**
 * The PostgreSQL driver alone, with messages of Celery's size and durable commits:
 * `node --conditions=lovage-source bench/micro/postgres.ts [?option=value] [round...]`.
 * Prints calls per second; figures for orientation, not a test.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { driver } from '@lovage/postgres';
import { startPostgres } from '../../tools/services.ts';
import { runRounds } from './rounds.ts';

const wanted = process.argv.slice(2).filter((each) => !each.startsWith('?'));
const query = process.argv.find((each) => each.startsWith('?')) ?? '';
await using server = await startPostgres({ control: true, durable: true });
const store = driver.create(server.url + query, { timeoutMs: 60_000 });
await store.open();
await runRounds(store.broker!(), store.results!(), wanted, serverCpu);
await store.close();

/** Of all processes whose command line begins with the server's, in µs; those that ended meanwhile are its parent's. */
function serverCpu(): number {
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
        const parent = fields[1]!;
        if (!isServer(pid) && !isServer(parent)) return 0;
        const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
        return user! + system! + endedUser! + endedSystem!;
      } catch {
        return 0; // It has ended.
      }
    });
  return ticks.reduce((sum, each) => sum + each, 0) * 10_000;
}

function isServer(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(String(server.port));
  } catch {
    return false;
  }
}

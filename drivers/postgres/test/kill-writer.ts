/**
 * A process of somebody's application: in each transaction it inserts a row and sends a task for it, and commits or rolls
 * back. It kills itself (SIGKILL) in the last one, at the point that it is told:
 * `kill-writer.ts url schema first count point ending`.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Lovage } from 'lovage';
import { Client } from 'pg';

const [url = '', schema = '', first = '', count = '', point = '', ending = ''] = process.argv.slice(2);

/** Where it can die: behind a step, or while its answer is under way, a few turns of the event loop later. */
export type Point = `${'after' | 'within'} ${'begin' | 'insert' | 'send' | 'end'} ${number}`;
const [when, where, turns] = point.split(' ');

const app = new Lovage('orders', { brokerUrl: `${url}?schema=${schema}`, lovageLogLevel: 'error' });
const client = new Client({ connectionString: url, application_name: `orders ${schema}` });
await client.connect();

for (let n = 0; n < Number(count); n += 1) {
  const last = n === Number(count) - 1;
  const id = Number(first) + n;
  const commits = last ? ending === 'commit' : n % 2 === 0;
  const send = () => app.sendTask('orders.ship', { args: [id], tx: client });
  await step('begin', last, () => client.query('begin'));
  await step('insert', last, () => client.query(`insert into ${schema}.orders values ($1)`, [id]));
  await step('send', last, send);
  await step('end', last, () => client.query(commits ? 'commit' : 'rollback'));
}
throw new Error(`there is no point ${point}`);

async function step(name: string, last: boolean, run: () => Promise<unknown>): Promise<void> {
  const dies = last && name === where;
  const running = run();
  if (dies && when === 'within') await die();
  await running;
  if (dies) await die();
}

async function die(): Promise<void> {
  for (let n = 0; n < Number(turns); n += 1) await turn();
  process.kill(process.pid, 'SIGKILL');
}

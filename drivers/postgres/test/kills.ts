import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Lovage } from 'lovage';
import { World } from './world.ts';

const WRITER = fileURLToPath(new URL('./kill-writer.ts', import.meta.url));
/** Transactions that a writer ends in peace before the one in which it dies; and writers at a time. */
const BEFORE = 3;
const AT_ONCE = 3;

/** Each step of both endings, behind it and while its answer is under way, early and late. */
function points(): readonly { readonly point: string; readonly ending: string }[] {
  const all = [];
  for (const turns of [0, 1, 2, 4, 8]) {
    for (const step of ['begin', 'insert', 'send', 'end']) {
      for (const when of ['within', 'after']) {
        for (const ending of ['commit', 'rollback']) all.push({ point: `${when} ${step} ${turns}`, ending });
      }
    }
  }
  return all;
}

/**
 * Kills writers (kill -9) in the middle of transactions that insert a row and send a task, while a worker runs the tasks.
 * Those that ran must be those whose rows are there, each once.
 */
export async function transactionKills(kills: number): Promise<{ committed: number; sent: number }> {
  await using world = await World.create();
  const ran: number[] = [];
  const app = new Lovage('orders', {
    brokerUrl: `${world.url}?schema=${world.schema}`,
    lovageLogLevel: 'error',
  });
  app.task('orders.ship', (id: number) => void ran.push(id));
  const worker = await app.worker({ concurrency: 4 });
  try {
    await world.query('create table lovage.orders (id int primary key)');
    const all = points();
    let next = 0;
    const lane = async () => {
      while (next < kills) {
        const n = next++;
        // Far apart where there are few.
        const { point, ending } =
          all[Math.floor((n * all.length) / Math.min(kills, all.length)) % all.length]!;
        await dead(world, n * (BEFORE + 1), point, ending);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));

    // The server may still be at what the dead had asked for.
    await until(async () => {
      const left = await world.query(
        `select from pg_stat_activity where application_name = 'orders ${world.schema}'`,
      );
      return left.length === 0;
    }, 'no transaction is open');
    const rows = await world.query<{ id: number }>('select id from lovage.orders order by id');
    const broker = (await app.drivers()).broker;
    await until(async () => {
      const [depth] = await broker.depth(['celery']);
      return depth!.ready + depth!.claimed + depth!.delayed === 0;
    }, 'all that was sent has run');
    const committed = rows.map(({ id }) => id);
    assert.deepEqual(
      ran.toSorted((a, b) => a - b),
      committed,
      'what ran is what was committed, each once',
    );
    return { committed: committed.length, sent: kills * (BEFORE + 1) };
  } finally {
    await worker.stop();
    await app.close();
  }
}

/** Resolves once a writer has died as it should. */
async function dead(world: World, first: number, point: string, ending: string): Promise<void> {
  const words = [world.url, world.schema, first, BEFORE + 1, point, ending].map(String);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=lovage-source', WRITER, ...words], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL', `a writer was to die ${point}: ${said}`);
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await holds()); ) {
    assert.ok(Date.now() < deadline, `waited too long until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

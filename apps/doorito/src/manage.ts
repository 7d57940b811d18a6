/** `npm run manage -w apps/doorito -- migrate [--seed]`, and what else is done by hand. */
import { parseArgs } from 'node:util';
import { app } from './app.ts';
import { db } from './database.ts';
import { settings } from './environment.ts';
import { outbox } from './outbox.ts';
import { listUploads, storeUpload } from './portal/uploads.ts';
import { prepare } from './prepare.ts';

const HELP = `
  migrate [--seed]             make the tables; with --seed three files, if there are none
  endpoint URL [TYPE…]         add a webhook endpoint for these events (default '*'); tells its secret, once
  redeliver EVENT              send what failed again`;

const SAMPLES = ['Opening hours.txt', 'Price list.txt', 'Welcome.txt'];

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seed: { type: 'boolean' } } });
const [command, first, ...rest] = positionals;
try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
await app.close();
await db.destroy();

async function run(): Promise<void> {
  switch (command) {
    case 'migrate':
      await prepare();
      if (values.seed && (await listUploads(1)).length === 0) await seed();
      console.log(
        `The tables are up to date in ${settings.onPostgres ? 'PostgreSQL' : settings.databaseUrl}.`,
      );
      break;
    case 'endpoint': {
      if (!first) throw new Error(`which URL?${HELP}`);
      const made = await outbox.endpoints.add({
        url: first,
        ...(rest.length > 0 ? { eventTypes: rest } : {}),
      });
      console.log(`${made.id}\n${made.secret}`);
      break;
    }
    case 'redeliver': {
      if (!first) throw new Error(`which event?${HELP}`);
      console.log(`${await outbox.redeliver(first)} deliveries begin again; the next sweep takes them`);
      break;
    }
    default:
      console.error(`manage what?${HELP}`);
      process.exitCode = 2;
  }
}

async function seed(): Promise<void> {
  for (const name of SAMPLES) {
    const body = [Buffer.from(`${name}\n\nA sample that came with doorito.\n`)];
    await storeUpload({
      name,
      contentType: 'text/plain',
      body: (async function* () {
        yield* body;
      })(),
    });
  }
}

/** The web server: `node src/web.ts`, on PORT (3000). In development it seeds an empty database. */
import { app } from './app.ts';
import { closeDatabase } from './database/index.ts';
import { SEED_PASSWORD, seed } from './database/seed.ts';
import { isProduction, port, secret, siteUrl } from './environment.ts';
import { startWeb } from './web/serve.ts';

// What is not set is told now, not with the first mail.
secret();
siteUrl();
if (!isProduction() && (await seed()))
  console.log(`seeded: sign in as ada@hospital.example with the password ${SEED_PASSWORD}`);
const web = await startWeb(port(), process.env['HOST'] || '127.0.0.1');
console.log(`rota listens on ${web.url}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await web.stop();
    await app.close();
    await closeDatabase();
  });
}

/** The web process. Ends with SIGTERM or SIGINT, once what it is answering is answered. */
import { serve } from '@hono/node-server';
import { app } from './app.ts';
import { db } from './database.ts';
import { settings } from './environment.ts';
import { prepare } from './prepare.ts';
import './tasks/common.ts';
import './tasks/portal.ts';
import { server } from './web/server.ts';

await prepare();
const http = serve(
  { fetch: server.fetch, hostname: settings.host, port: settings.port },
  ({ address, port }) => {
    const how = settings.env === 'development' ? ', tasks run here and at once' : '';
    console.log(`doorito is at http://${address}:${port}/${how}`);
  },
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    http.close(async () => {
      await app.close();
      await db.destroy();
    });
    if ('closeIdleConnections' in http) http.closeIdleConnections();
  });
}

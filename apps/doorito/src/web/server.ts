import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { secureHeaders } from 'hono/secure-headers';
import { app } from '../app.ts';
import { settings } from '../environment.ts';
import { outbox } from '../outbox.ts';
import { listUploads } from '../portal/uploads.ts';
import { listTaskRuns } from '../task-log.ts';
import { files, refusal } from './files.ts';
import { page, SCRIPT } from './page.ts';
import { endpoints, events } from './webhooks.ts';

const sameOrigin = csrf();

/** All of doorito's HTTP. Without DOORITO_TOKEN everyone who reaches it may use it: it listens on this machine alone. */
export const server = new Hono()
  .use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'self'"], styleSrc: ["'unsafe-inline'"], scriptSrc: ["'self'"] },
    }),
  )
  // Programs name no origin; browsers do.
  .use((c, next) => (c.req.header('origin') ? sameOrigin(c, next) : next()))
  .use(settings.token ? bearerAuth({ token: settings.token }) : async (_, next) => await next())
  .route('/files', files)
  // Files are counted as they come; what else is sent here is small.
  .use(bodyLimit({ maxSize: 65_536 }))
  .route('/endpoints', endpoints)
  .route('/events', events)
  .get('/tasks', async (c) => c.json(await listTaskRuns()))
  .get('/page.js', (c) => c.body(SCRIPT, 200, { 'content-type': 'text/javascript' }))
  .get('/', async (c) => {
    const [uploads, emitted, runs] = await Promise.all([
      listUploads(),
      outbox.events({ limit: 50 }),
      listTaskRuns(),
    ]);
    return c.html(await page({ files: uploads, events: emitted, runs }));
  })
  .notFound((c) => c.json({ error: 'there is nothing here' }, 404));

server.onError((error, c) => {
  const status = refusal(error) ?? badRequest(error);
  if (status !== undefined) return c.json({ error: error.message }, status);
  if ('getResponse' in error && typeof error.getResponse === 'function')
    return error.getResponse() as Response;
  app.logger.error(`${c.req.method} ${c.req.path} failed`, { err: error });
  return c.json({ error: 'something failed here; the log says what' }, 500);
});

/** What the outbox refuses is what it was asked for: a URL, a filter, an id. */
function badRequest(error: Error): 400 | undefined {
  return ['TypeError', 'RangeError', 'SyntaxError', 'RefusedAddress'].includes(error.name) ? 400 : undefined;
}

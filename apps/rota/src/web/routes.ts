import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { app } from '../app.ts';
import { acceptInvitation, askForReset, invite, resetPassword } from '../services/accounts.ts';
import { decideLeave, submitLeave } from '../services/leave.ts';
import { Refused } from '../services/refused.ts';
import { assignShift, createRota, generateRota, publishRota } from '../services/rotas.ts';
import { answerSwap, decideSwap, requestSwap } from '../services/swaps.ts';
import { adminOf, userOf } from './login.ts';
import { linkPage, tasksPage } from './pages.ts';
import { body, day, email, id, text, yesOrNo } from './read.ts';

const LARGEST_BODY = 64 * 1024;
const idOf = (context: Context): number => id(context.req.param('id'), 'id');

/** Rota over HTTP. Who asks says so with every request (HTTP Basic); bodies and answers are JSON. */
export function routes(): Hono {
  const web = new Hono();
  web.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        formAction: ["'none'"],
      },
    }),
  );
  web.use(bodyLimit({ maxSize: LARGEST_BODY }));

  web.get('/healthz', (c) => c.text('ok'));
  web.get('/', async (c) => {
    await adminOf(c);
    return c.html(await tasksPage());
  });

  web.post('/leave', async (c) =>
    c.json(
      await submitLeave(await userOf(c), await body(c, { first_day: day, last_day: day, reason: text(500) })),
      201,
    ),
  );
  web.post('/leave/:id/approve', async (c) =>
    c.json(await decideLeave(await adminOf(c), idOf(c), 'approved')),
  );
  web.post('/leave/:id/deny', async (c) => c.json(await decideLeave(await adminOf(c), idOf(c), 'denied')));

  web.post('/swaps', async (c) => {
    const user = await userOf(c);
    const { shift_id, offered_shift_id } = await body(c, { shift_id: id, offered_shift_id: id });
    return c.json(await requestSwap(user, shift_id, offered_shift_id), 201);
  });
  web.post('/swaps/:id/accept', async (c) => c.json(await answerSwap(await userOf(c), idOf(c), 'accepted')));
  web.post('/swaps/:id/reject', async (c) => c.json(await answerSwap(await userOf(c), idOf(c), 'rejected')));
  web.post('/swaps/:id/decide', async (c) => {
    const admin = await adminOf(c);
    return c.json(await decideSwap(admin, idOf(c), (await body(c, { approve: yesOrNo })).approve));
  });

  web.post('/rotas', async (c) => {
    await adminOf(c);
    return c.json(await createRota(await body(c, { name: text(), first_day: day, last_day: day })), 201);
  });
  web.post('/rotas/:id/generate', async (c) => {
    await adminOf(c);
    return c.json({ task: (await generateRota(idOf(c))).id }, 202);
  });
  web.post('/rotas/:id/publish', async (c) => {
    await adminOf(c);
    return c.json(await publishRota(idOf(c)));
  });
  web.post('/shifts/:id/assign', async (c) => {
    await adminOf(c);
    return c.json(await assignShift(idOf(c), (await body(c, { clinician_id: id })).clinician_id));
  });

  web.post('/invitations', async (c) =>
    c.json(await invite(await adminOf(c), await body(c, { email, name: text() })), 201),
  );
  web.get('/invitations/:token', (c) => c.html(linkPage('invitation', c.req.param('token'))));
  web.post('/invitations/:token', async (c) =>
    c.json(await acceptInvitation(c.req.param('token'), (await body(c, { password: text() })).password), 201),
  );
  web.post('/password-resets', async (c) => {
    await askForReset((await body(c, { email })).email);
    return c.json({ told: 'if there is such an account, a mail is on its way' }, 202);
  });
  web.get('/password-resets/:token', (c) => c.html(linkPage('password-reset', c.req.param('token'))));
  web.post('/password-resets/:token', async (c) => {
    await resetPassword(c.req.param('token'), (await body(c, { password: text() })).password);
    return c.json({ changed: true });
  });

  web.onError((error, c) => {
    if (error instanceof Refused) {
      if (error.status === 401) c.header('www-authenticate', 'Basic realm="rota", charset="UTF-8"');
      return c.json({ error: error.message }, error.status);
    }
    app.logger.error(`${c.req.method} ${c.req.routePath} failed`, { err: error });
    return c.json({ error: 'something went wrong here' }, 500);
  });
  web.notFound((c) => c.json({ error: 'there is no such page' }, 404));
  return web;
}

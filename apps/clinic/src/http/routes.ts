import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { DeadLetterNotFound, OperationalError, TaskError } from 'lovage';
import { app } from '../app.ts';
import { database } from '../database/database.ts';
import { processOrder } from '../tasks/orders.ts';
import { charge } from '../tasks/payments.ts';
import { renderPdf } from '../tasks/pdf.ts';
import { buildReport } from '../tasks/reports.ts';
import { recountStock } from '../tasks/stock.ts';
import { checkUpload, notifyAll, onboard } from '../workflows.ts';
import { DoctorBody, NoticeBody, OrderBody, ReportBody, UploadBody } from './bodies.ts';
import { page } from './page.ts';
import { readBody } from './read-body.ts';

const MAX_BODY = 1024 * 1024;

/** The clinic's pages and calls. A call that sends a task answers 202 with its id; `GET /tasks/ID` says what became of it. */
export const routes = new Hono();

routes.use(secureHeaders(), csrf(), bodyLimit({ maxSize: MAX_BODY }));

routes.onError((error, context) => {
  if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
  // The broker is away: whoever called may try again.
  if (error instanceof OperationalError) return context.json({ error: error.message }, 503);
  if (error instanceof DeadLetterNotFound) return context.json({ error: error.message }, 404);
  app.logger.error(`${context.req.method} ${context.req.path} failed`, { err: error });
  return context.json({ error: 'that is our fault, and it is logged' }, 500);
});

routes.get('/', async (context) => context.html(await page()));
routes.get('/healthz', async (context) => {
  await database();
  return context.json({ ok: true });
});

routes.post('/doctors', async (context) => {
  const result = await onboard(await readBody(context, DoctorBody)).delay();
  return context.json({ task: result.id }, 202);
});

routes.post('/notices', async (context) => {
  const notice = await readBody(context, NoticeBody);
  const db = await database();
  const doctors = await db.selectFrom('doctors').select(['name', 'email', 'licence']).execute();
  if (doctors.length === 0) throw new HTTPException(409, { message: 'there is no doctor to notify' });
  const { results } = await notifyAll(doctors, notice).delay();
  return context.json({ tasks: results.map(({ id }) => id) }, 202);
});

routes.post('/uploads', async (context) => {
  const { file, appointments } = await readBody(context, UploadBody);
  const result = await checkUpload(file, appointments).delay();
  return context.json({ task: result.id }, 202);
});

routes.post('/reports', async (context) => {
  const { title, pages } = await readBody(context, ReportBody);
  return context.json({ task: (await buildReport.delay(title, pages)).id }, 202);
});

routes.post('/pdfs', async (context) => {
  const { title, pages } = await readBody(context, ReportBody);
  return context.json({ task: (await renderPdf.delay(title, pages)).id }, 202);
});

routes.post('/orders', async (context) => {
  const order = await readBody(context, OrderBody);
  const db = await database();
  const { id } = await db
    .insertInto('orders')
    .values({ ...order, status: 'new', task: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return context.json({ order: id, task: (await processOrder.delay(id)).id }, 202);
});

routes.get('/orders/:id{[0-9]{1,9}}', async (context) => {
  const db = await database();
  const order = await db
    .selectFrom('orders')
    .leftJoin('payments', 'payments.order_id', 'orders.id')
    .select(['orders.id', 'orders.item', 'orders.quantity', 'orders.status'])
    .select(['payments.id as payment', 'payments.status as payment_status', 'payments.receipt'])
    .where('orders.id', '=', Number(context.req.param('id')))
    .executeTakeFirst();
  if (!order) throw new HTTPException(404, { message: 'there is no such order' });
  return context.json(order);
});

routes.post('/payments/:id{[0-9]{1,9}}/charge', async (context) => {
  return context.json({ task: (await charge.delay(Number(context.req.param('id')))).id }, 202);
});

routes.post('/stock/recount', async (context) =>
  context.json({ task: (await recountStock.delay()).id }, 202),
);

routes.get('/tasks/:id', async (context) => {
  const result = app.asyncResult(context.req.param('id'));
  // In this order: what is told of a state is never older than the state.
  const state = await result.state();
  const info = await result.info();
  const told =
    info instanceof TaskError ? { error: `${info.type}: ${info.message}` } : { info: info ?? null };
  return context.json({ id: result.id, state, ...told });
});

routes.get('/dead-letters', async (context) => {
  const { letters, total } = await app.deadLetters.list({ newest: true });
  return context.json({ total, letters });
});
routes.post('/dead-letters/:id/redrive', async (context) => {
  const { id } = await app.deadLetters.show(context.req.param('id'));
  return context.json(await app.deadLetters.redrive(id), 202);
});
routes.delete('/dead-letters/:id', async (context) => {
  const { id } = await app.deadLetters.show(context.req.param('id'));
  return context.json(await app.deadLetters.discard(id));
});

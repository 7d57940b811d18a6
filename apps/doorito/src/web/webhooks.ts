import { Hono } from 'hono';
import { outbox } from '../outbox.ts';

const NO_ENDPOINT = { error: 'there is no such endpoint' };

/** Who is told of files. The secret is in the answer that makes an endpoint, and nowhere else. */
export const endpoints = new Hono()
  .post('/', async (c) => {
    const { url, eventTypes, secret } = await c.req.json();
    const made = {
      url,
      ...(eventTypes === undefined ? {} : { eventTypes }),
      ...(secret === undefined ? {} : { secret }),
    };
    return c.json(await outbox.endpoints.add(made), 201);
  })
  .get('/', async (c) => c.json(await outbox.endpoints.list()))
  .post('/:id/rotate', async (c) =>
    c.json({ secret: await outbox.endpoints.rotateSecret(c.req.param('id')) }),
  )
  .post('/:id/enable', async (c) =>
    (await outbox.endpoints.enable(c.req.param('id'))) ? c.body(null, 204) : c.json(NO_ENDPOINT, 404),
  )
  .delete('/:id', async (c) =>
    (await outbox.endpoints.remove(c.req.param('id'))) ? c.body(null, 204) : c.json(NO_ENDPOINT, 404),
  );

/** What happened to files, and who knows of it. */
export const events = new Hono()
  .get('/', async (c) => c.json(await outbox.events()))
  .get('/:id/deliveries', async (c) => c.json(await outbox.deliveries(c.req.param('id'))))
  .post('/:id/redeliver', async (c) => {
    const redelivered = await outbox.redeliver(c.req.param('id'));
    if (redelivered > 0) await outbox.committed();
    return c.json({ redelivered });
  });

import { app } from '../app.ts';

/** Says how it was called: for whoever wants to know that workers work. */
export const debugTask = app.task({ name: 'clinic.debug_task', bind: true, ignoreResult: true }, (self) => {
  const { id, hostname, deliveryInfo, retries } = self.request;
  app.logger.info(`Request: ${JSON.stringify({ id, hostname, queue: deliveryInfo.routingKey, retries })}`);
});

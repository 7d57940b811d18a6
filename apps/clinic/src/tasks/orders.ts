import { app } from '../app.ts';
import { database, now } from '../database/database.ts';
import { charge } from './payments.ts';

/**
 * Takes what was ordered from the stock and asks for the money: once, however often it runs. All of it is one transaction, which
 * begins by taking the order from 'new'; whoever comes second finds it taken. Should the worker die after it, the payment is pending,
 * and `settle_pending` finds it.
 */
export const processOrder = app.task(
  {
    name: 'clinic.orders.process_order',
    bind: true,
    autoretryFor: [Error],
    retryBackoff: true,
    maxRetries: 5,
  },
  async (self, orderId: number) => {
    const db = await database();
    const outcome = await db.transaction().execute(async (tx) => {
      const order = await tx
        .updateTable('orders')
        .set({ status: 'processed', task: self.request.id })
        .where('id', '=', orderId)
        .where('status', '=', 'new')
        .returning(['item', 'quantity', 'cents'])
        .executeTakeFirst();
      if (!order) return { processed: false, payment: undefined };
      const taken = await tx
        .updateTable('stock')
        .set(({ eb }) => ({ units: eb('units', '-', order.quantity) }))
        .where('item', '=', order.item)
        .where('units', '>=', order.quantity)
        .executeTakeFirst();
      if (taken.numUpdatedRows === 0n) {
        await tx.updateTable('orders').set({ status: 'refused' }).where('id', '=', orderId).execute();
        return { processed: false, payment: undefined };
      }
      const payment = await tx
        .insertInto('payments')
        .values({ order_id: orderId, cents: order.cents, status: 'pending', receipt: null, tried_at: now() })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { processed: true, payment: payment.id };
    });
    if (outcome.payment !== undefined) await charge.delay(outcome.payment);
    return outcome;
  },
);

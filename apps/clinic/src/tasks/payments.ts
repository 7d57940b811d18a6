import { Ignore, Reject } from 'lovage';
import { app } from '../app.ts';
import { database, now } from '../database/database.ts';
import { neighbour } from '../environment.ts';

/** The bank cannot help now. */
export class BankUnavailable extends Error {
  override readonly name = 'BankUnavailable';
}

/**
 * Takes one payment. Ignored when it is settled already; rejected, and kept among the dead letters, when it makes no sense;
 * tried again while the bank is away. The bank is told the payment's number, so that it charges once however often it is asked.
 */
export const charge = app.task(
  {
    name: 'clinic.payments.charge',
    bind: true,
    autoretryFor: [BankUnavailable, TypeError],
    retryBackoff: true,
    retryJitter: false,
    maxRetries: 3,
  },
  async (self, paymentId: number) => {
    const db = await database();
    const payment = await db
      .selectFrom('payments')
      .selectAll()
      .where('id', '=', paymentId)
      .executeTakeFirst();
    if (!payment) throw new Reject(`there is no payment ${paymentId}`);
    if (payment.cents <= 0) throw new Reject(`payment ${paymentId} is of ${payment.cents} cents`);
    if (payment.status !== 'pending') throw new Ignore(`payment ${paymentId} is ${payment.status}`);

    const response = await fetch(new URL('/charges', neighbour('CLINIC_PAYMENTS_URL')), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `payment-${paymentId}` },
      body: JSON.stringify({ cents: payment.cents }),
      signal: self.signal,
    });
    if (response.status >= 500) throw new BankUnavailable(`the bank answered ${response.status}`);
    const paid = response.ok;
    if (!paid && response.status !== 402) throw new Reject(`the bank cannot read it: ${response.status}`);
    const status = paid ? ('paid' as const) : ('declined' as const);
    const receipt = paid ? ((await response.json()) as { receipt: string }).receipt : null;
    await db.updateTable('payments').set({ status, receipt }).where('id', '=', paymentId).execute();
    return { payment: paymentId, status, receipt };
  },
);

/** Between two tries of a payment that this looks after, in ms: `charge` has retries of its own. */
const AGAIN_AFTER_MS = 240_000;

/** Sends what is pending on its way again: its task may have been lost with a failure. Every 300 s. */
export const settlePending = app.task('clinic.payments.settle_pending', async () => {
  const db = await database();
  const before = new Date(Date.now() - AGAIN_AFTER_MS).toISOString();
  const stale = await db
    .updateTable('payments')
    .set({ tried_at: now() })
    .where('status', '=', 'pending')
    .where('tried_at', '<', before)
    .returning('id')
    .execute();
  await app.bulk(stale.map(({ id }) => charge.s(id)));
  return { sent: stale.length };
});

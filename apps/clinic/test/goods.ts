/** Orders, payments and the stock: once, or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Clinic, runs, until } from './stage.ts';

export function goodsTests(clinic: () => Promise<Clinic>): void {
  test('an order is processed once however often it is asked, and paid once', async () => {
    const stage = await clinic();
    const { json } = await stage.call('POST', '/orders', {
      item: 'wheelchair',
      quantity: 1,
      cents: 20_000,
    });
    assert.equal((await stage.ended(json.task)).info.processed, true);
    const again = await Promise.all(
      [1, 2].map(() =>
        stage.caller.sendTask('clinic.orders.process_order', { args: [json.order], queue: 'clinic' }),
      ),
    );
    for (const result of again)
      assert.equal(((await result.get({ timeout: 60 })) as Answer).processed, false);
    const paid = await until(async () => {
      const { json: order } = await stage.call('GET', `/orders/${json.order}`);
      return order.payment_status === 'paid' && order;
    }, 'it is paid');
    assert.equal(paid.receipt, `receipt for payment-${paid.payment}`);
    const stock = await stage.db
      .selectFrom('stock')
      .select('units')
      .where('item', '=', 'wheelchair')
      .executeTakeFirstOrThrow();
    assert.equal(stock.units, 1, 'one of two is left');
    // Ignored: it is paid.
    const { json: repeated } = await stage.call('POST', `/payments/${paid.payment}/charge`);
    const [run] = await until(async () => {
      const found = await runs(stage, 'clinic.payments.charge', repeated.task);
      return found.length > 0 && found;
    }, 'it ran');
    assert.equal(run!.state, 'IGNORED');
    assert.equal(stage.bank.charged.filter((key) => key === `payment-${paid.payment}`).length, 1);
    // Refused: there are not so many.
    const { json: many } = await stage.call('POST', '/orders', {
      item: 'wheelchair',
      quantity: 7,
      cents: 1,
    });
    assert.equal((await stage.ended(many.task)).info.processed, false);
    assert.equal((await stage.call('GET', `/orders/${many.order}`)).json.status, 'refused');
  });

  test('a payment that makes no sense is rejected, one that is declined is not paid', async () => {
    const stage = await clinic();
    const { json } = await stage.call('POST', '/payments/987654/charge');
    const letter = await until(async () => {
      const { json: dead } = await stage.call('GET', '/dead-letters');
      return dead.letters.find(({ id }: Answer) => id === json.task);
    }, 'it is among the dead letters');
    assert.deepEqual([letter.kind, letter.reason], ['rejected', 'there is no payment 987654']);
    assert.deepEqual((await stage.call('DELETE', `/dead-letters/${letter.id}`)).json.taken, [letter.id]);
    assert.equal((await stage.call('DELETE', `/dead-letters/${letter.id}`)).status, 404);
    const { json: unlucky } = await stage.call('POST', '/orders', {
      item: 'bandage',
      quantity: 1,
      cents: 13,
    });
    const { json: order } = await until(async () => {
      const answer = await stage.call('GET', `/orders/${unlucky.order}`);
      return answer.json.payment_status === 'declined' && answer;
    }, 'the bank has declined');
    assert.equal(order.receipt, null);
  });

  test('a bank that stays away ends in a dead letter after the last retry, which is paid when it is redriven', async () => {
    const stage = await clinic();
    const { json } = await stage.call('POST', '/orders', { item: 'syringe', quantity: 1, cents: 666 });
    const letter = await until(async () => {
      const { json: dead } = await stage.call('GET', '/dead-letters');
      return dead.letters.find(({ reason }: Answer) => reason === "BankUnavailable('the bank answered 503')");
    }, 'its retries are over');
    assert.equal(letter.retries, 3);
    assert.match((await stage.call('GET', '/')).json, /BankUnavailable\(&#39;the bank answered 503&#39;\)/);
    stage.bank.state.mended = true;
    await stage.call('POST', `/dead-letters/${letter.id}/redrive`);
    await until(
      async () => (await stage.call('GET', `/orders/${json.order}`)).json.payment_status === 'paid',
      'it is paid',
    );
  });

  test('one count of the stock at a time', async () => {
    const stage = await clinic();
    const sent = await Promise.all(
      [1, 2].map(() => stage.caller.sendTask('clinic.stock.recount', { args: [1500], queue: 'clinic' })),
    );
    const states = await until(async () => {
      const all = await runs(stage, 'clinic.stock.recount');
      const ours = all.filter(({ task_id }) => sent.some(({ id }) => id === task_id));
      return ours.length === 2 && ours.map(({ state }) => state).sort();
    }, 'both have ended');
    assert.deepEqual(states, ['IGNORED', 'SUCCESS']);
    const count = await stage.db.selectFrom('stock_counts').selectAll().executeTakeFirstOrThrow();
    assert.ok(count.items === 3 && count.fence >= 1);
  });
}

import { html } from 'hono/html';
import { app } from '../app.ts';
import { database } from '../database/database.ts';

type Cell = string | number | null;

/** What tasks did, what waits, and what failed for good. It looks again every few seconds. */
export async function page() {
  const db = await database();
  const { broker } = await app.drivers();
  const [runs, depths, dead, orders, reports] = await Promise.all([
    db.selectFrom('task_runs').selectAll().orderBy('id', 'desc').limit(50).execute(),
    broker.depth(app.queues().map(({ name }) => name)),
    app.deadLetters.list({ limit: 20, newest: true }),
    db
      .selectFrom('orders')
      .leftJoin('payments', 'payments.order_id', 'orders.id')
      .select(['orders.id', 'item', 'quantity', 'orders.status', 'payments.status as payment', 'receipt'])
      .orderBy('orders.id', 'desc')
      .limit(20)
      .execute(),
    db.selectFrom('reports').selectAll().orderBy('made_at', 'desc').limit(20).execute(),
  ]);
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta http-equiv="refresh" content="5"><meta name="viewport" content="width=device-width">
<title>The clinic</title>
<style>
body { font: 15px/1.5 system-ui; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .2rem .6rem .2rem 0; vertical-align: top }
th { border-bottom: 1px solid #999 } td { border-bottom: 1px solid #ddd; overflow-wrap: anywhere; min-width: 5.5rem }
</style>
<h1>The clinic</h1>
${section(
  'What waits',
  ['Queue', 'Ready', 'Not due', 'In hand'],
  depths.map(({ queue, ready, delayed, claimed }) => [queue, ready, delayed, claimed]),
)}
${section(
  `What failed for good (${dead.total})`,
  ['Task', 'Kind', 'Since', 'Reason', 'Id'],
  dead.letters.map(({ task, kind, since, reason, id }) => [task ?? null, kind, since ?? null, reason, id]),
)}
${section(
  'What tasks did',
  ['Ended', 'Task', 'State', 'Result', 'Id'],
  runs.map(({ ended_at, task, state, detail, task_id }) => [ended_at, task, state, detail, task_id]),
)}
${section(
  'Orders',
  ['Number', 'Item', 'Quantity', 'Status', 'Payment', 'Receipt'],
  orders.map(({ id, item, quantity, status, payment, receipt }) => [
    id,
    item,
    quantity,
    status,
    payment,
    receipt,
  ]),
)}
${section(
  'PDF reports',
  ['Title', 'Pages', 'File', 'Made'],
  reports.map(({ title, pages, file, made_at }) => [title, pages, file, made_at]),
)}
</html>`;
}

/** Everything that is put in is escaped. */
function section(title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]) {
  const body = rows.length === 0 ? html`<p>Nothing.</p>` : tableOf(columns, rows);
  return html`<h2>${title}</h2>${body}`;
}

function tableOf(columns: readonly string[], rows: readonly (readonly Cell[])[]) {
  return html`<table><tr>${columns.map((column) => html`<th>${column}</th>`)}</tr>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell ?? '–'}</td>`)}</tr>`,
  )}</table>`;
}

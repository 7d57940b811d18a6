import { app } from '../app.ts';
import { database } from '../database/database.ts';
import { ADMIN } from '../mail.ts';
import { sendHtmlEmail } from './emails.ts';

/** Adds the week up and has it mailed to the administration. Monday at 9:00. */
export const weeklySummary = app.task('clinic.reports.weekly_summary', async () => {
  const db = await database();
  const count = ({ all }: { readonly all: string | number | bigint }) => Number(all);
  const [doctors, appointments, paid] = await Promise.all([
    db
      .selectFrom('doctors')
      .select(({ fn }) => fn.countAll().as('all'))
      .executeTakeFirstOrThrow(),
    db
      .selectFrom('appointments')
      .select(({ fn }) => fn.countAll().as('all'))
      .executeTakeFirstOrThrow(),
    db.selectFrom('payments').select('cents').where('status', '=', 'paid').execute(),
  ]);
  const week = {
    doctors: count(doctors),
    appointments: count(appointments),
    income: (paid.reduce((sum, { cents }) => sum + cents, 0) / 100).toFixed(2),
  };
  await sendHtmlEmail.delay('The week at the clinic', 'weekly', week, [ADMIN.address]);
  return week;
});

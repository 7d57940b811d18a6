import { group } from 'lovage';
import { app } from '../app.ts';
import { database } from '../database/database.ts';
import { remindPatient } from './emails.ts';

/** A row of an uploaded file: nothing in it is sure to be right. */
export interface Appointment {
  readonly patient: string;
  readonly doctor: string;
  /** 2026-12-07 */
  readonly day: string;
  /** 09:30 */
  readonly time: string;
}

export interface Verdict {
  readonly row: number;
  /** Empty where the appointment is right. */
  readonly problems: readonly string[];
}

/** Says everything that is wrong with one appointment, so that who uploaded it can mend it in one go. */
export const validateAppointment = app.task(
  'clinic.appointments.validate_appointment',
  (row: number, { patient, doctor, day, time }: Appointment): Verdict => {
    const problems: string[] = [];
    if (patient.trim() === '') problems.push('the patient has no name');
    if (!doctor.includes('@')) problems.push(`${doctor} is no e-mail address of a doctor`);
    if (!isDay(day)) problems.push(`${day} is no day`);
    if (!isOpen(time)) problems.push(`the clinic is closed at ${time}`);
    return { row, problems };
  },
);

const isDay = (text: string): boolean => {
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
};

const isOpen = (time: string): boolean => /^(0[89]|1[0-7]):[0-5]\d$/.test(time);

/** Reminds everybody who has an appointment on a day and left an address. At 8:00 each day, of that day. */
export const sendReminders = app.task('clinic.appointments.send_reminders', async (day: string = today()) => {
  const db = await database();
  const due = await db
    .selectFrom('appointments')
    .select(['id', 'patient', 'patient_email as email', 'doctor', 'day', 'time'])
    .where('day', '=', day)
    .where('status', '=', 'booked')
    .execute();
  const reminders = due.flatMap(({ id: _, email, ...rest }) => (email === null ? [] : [{ ...rest, email }]));
  if (reminders.length > 0) await group(reminders.map((reminder) => remindPatient.s(reminder))).delay();
  // Sent first: should this worker die between, all are sent again, and each is mailed once all the same.
  const ids = due.map(({ id }) => id);
  if (ids.length > 0) {
    await db.updateTable('appointments').set({ status: 'reminded' }).where('id', 'in', ids).execute();
  }
  return { day, reminded: reminders.length };
});

/** How many runs of tasks the clinic's page can look back at. */
const RUNS_KEPT = 1000;

/** Closes appointments that are over, and forgets what tasks did long ago. Each hour. */
export const cleanUp = app.task('clinic.appointments.clean_up', async () => {
  const db = await database();
  const closed = await db
    .updateTable('appointments')
    .set({ status: 'past' })
    .where('day', '<', today())
    .where('status', '!=', 'past')
    .executeTakeFirst();
  const { last } = await db
    .selectFrom('task_runs')
    .select(({ fn }) => fn.max('id').as('last'))
    .executeTakeFirstOrThrow();
  const forgotten = await db
    .deleteFrom('task_runs')
    .where('id', '<=', Number(last ?? 0) - RUNS_KEPT)
    .executeTakeFirst();
  return { closed: Number(closed.numUpdatedRows), forgotten: Number(forgotten.numDeletedRows) };
});

const today = (): string => new Date().toISOString().slice(0, 10);

import { app } from '../app.ts';

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

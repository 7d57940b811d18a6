import type { Doctor } from '../tasks/accounts.ts';
import type { Appointment } from '../tasks/appointments.ts';
import type { Notice } from '../tasks/emails.ts';

export const DOCTORS: readonly Doctor[] = [
  { name: 'Ada Quill', email: 'ada@clinic.example', licence: 'M-1815' },
  { name: 'Björn Salk', email: 'bjorn@clinic.example', licence: 'M-1914' },
  { name: 'Chiyo Endo', email: 'chiyo@clinic.example', licence: 'M-1851' },
];

/** Whom the CRM will not have. */
export const QUACK: Doctor = { name: 'Hugo Quack', email: 'hugo@clinic.example', licence: 'M-0000' };

export const NOTICE: Notice = {
  subject: 'The clinic is closed on Friday',
  text: 'the lifts are being mended on Friday. Please see your patients on another day.',
};

const [ADA, BJORN, CHIYO] = DOCTORS.map(({ email }) => email) as [string, string, string];

/** Three of these rows are wrong, one of them twice. */
export const APPOINTMENTS: readonly Appointment[] = [
  { patient: 'Ines Moor', doctor: ADA, day: '2026-12-07', time: '08:00' },
  { patient: 'Karl Otto', doctor: ADA, day: '2026-12-07', time: '08:30' },
  { patient: '', doctor: ADA, day: '2026-12-07', time: '09:00' },
  { patient: 'Lea Braun', doctor: BJORN, day: '2026-12-07', time: '09:00' },
  { patient: 'Max Holm', doctor: BJORN, day: '2026-12-07', time: '09:30' },
  { patient: 'Nora Iwu', doctor: 'dr björn', day: '2026-02-30', time: '10:00' },
  { patient: 'Omar Diaz', doctor: BJORN, day: '2026-12-08', time: '10:30' },
  { patient: 'Pia Lund', doctor: CHIYO, day: '2026-12-08', time: '11:00' },
  { patient: 'Quim Roca', doctor: CHIYO, day: '2026-12-08', time: '22:15' },
  { patient: 'Rosa Vega', doctor: CHIYO, day: '2026-12-08', time: '12:00' },
];

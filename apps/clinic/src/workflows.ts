import { chain, chord, group } from 'lovage';
import type { Doctor } from './tasks/accounts.ts';
import { createAccount } from './tasks/accounts.ts';
import { reportFailure, reportUpload } from './tasks/admin.ts';
import type { Appointment } from './tasks/appointments.ts';
import { validateAppointment } from './tasks/appointments.ts';
import { syncDoctor } from './tasks/crm.ts';
import type { Notice } from './tasks/emails.ts';
import { notifyDoctor, sendWelcomeEmail } from './tasks/emails.ts';

/** A chain: each step is given what the one before it returned. When one fails for good, the administration is told. */
export const onboard = (doctor: Doctor) =>
  chain(createAccount.s(doctor), syncDoctor.s(), sendWelcomeEmail.s()).linkError(
    reportFailure.s(`Onboarding ${doctor.name}`),
  );

/** A group: all of them at once. */
export const notifyAll = (doctors: readonly Doctor[], notice: Notice) =>
  group(doctors.map((doctor) => notifyDoctor.s(doctor, notice)));

/** A chord: a task for each row, and when all are done one that is given the list of their results. */
export const checkUpload = (file: string, appointments: readonly Appointment[]) =>
  chord(
    appointments.map((appointment, index) => validateAppointment.s(index + 1, appointment)),
    reportUpload.s(file),
  );

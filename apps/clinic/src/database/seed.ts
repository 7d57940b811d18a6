import { DOCTORS } from '../demo/people.ts';
import { database } from './database.ts';

/** A small clinic to look at: doctors, this day's appointments, a shelf. Again, it changes nothing. */
export async function seed(): Promise<void> {
  const db = await database();
  const day = new Date().toISOString().slice(0, 10);
  const doctors = DOCTORS.map((doctor) => ({ ...doctor, crm_revision: null }));
  const appointments = DOCTORS.flatMap(({ email: doctor }, index) =>
    ['09:00', '09:30', '10:00'].map((time, place) => {
      const patient = `Patient ${index * 3 + place + 1}`;
      const patient_email = place === 2 ? null : `patient${index * 3 + place + 1}@example.com`;
      return { patient, patient_email, doctor, day, time, status: 'booked' as const };
    }),
  );
  const stock = [
    { item: 'bandage', units: 200 },
    { item: 'syringe', units: 500 },
    { item: 'wheelchair', units: 2 },
  ];
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('doctors')
      .values(doctors)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .insertInto('appointments')
      .values(appointments)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .insertInto('stock')
      .values(stock)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

import { app } from '../app.ts';
import { database } from '../database/database.ts';

export interface Doctor {
  readonly name: string;
  readonly email: string;
  readonly licence: string;
}

/** A doctor whom the clinic knows. */
export interface Account extends Doctor {
  readonly id: number;
}

/** Opens a doctor's account. Late acknowledged tasks may run twice, so that there is one for each e-mail address. */
export const createAccount = app.task(
  { name: 'clinic.accounts.create_account', autoretryFor: [Error], retryBackoff: true, maxRetries: 5 },
  async (doctor: Doctor): Promise<Account> => {
    const db = await database();
    const { name, email, licence } = doctor;
    const { id } = await db
      .insertInto('doctors')
      .values({ name, email, licence, crm_revision: null })
      .onConflict((conflict) => conflict.column('email').doUpdateSet({ name, licence }))
      .returning('id')
      .executeTakeFirstOrThrow();
    return { name, email, licence, id };
  },
);

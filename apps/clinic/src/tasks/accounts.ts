import { app } from '../app.ts';
import { neighbour } from '../environment.ts';

export interface Doctor {
  readonly name: string;
  readonly email: string;
  readonly licence: string;
}

/** A doctor whom the clinic's registry knows. */
export interface Account extends Doctor {
  readonly id: number;
}

/** Opens a doctor's account. Late acknowledged tasks may run twice, so it asks for the same account each time: PUT. */
export const createAccount = app.task(
  { name: 'clinic.accounts.create_account', autoretryFor: [TypeError], retryBackoff: true, maxRetries: 5 },
  async (doctor: Doctor): Promise<Account> => {
    const url = new URL(`/accounts/${encodeURIComponent(doctor.email)}`, neighbour('CLINIC_REGISTRY_URL'));
    const response = await fetch(url, { method: 'PUT' });
    if (!response.ok) throw new Error(`the registry refused ${doctor.email}: ${response.status}`);
    return { ...doctor, id: Number(await response.text()) };
  },
);

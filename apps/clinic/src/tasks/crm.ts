import { app } from '../app.ts';
import { neighbour } from '../environment.ts';
import type { Account } from './accounts.ts';

/** The CRM answered that it cannot help now; trying again may work. */
export class CrmUnavailable extends Error {
  override readonly name = 'CrmUnavailable';
}

/** The CRM will never take this doctor. */
export class CrmRefused extends Error {
  override readonly name = 'CrmRefused';
}

/** An account that is in the CRM too. */
export interface SyncedAccount extends Account {
  readonly revision: number;
}

/**
 * Copies an account to the CRM, which is often busy: tried again after 1, 2, 4… seconds. A refusal is final, and ends
 * whatever workflow this is a step of.
 */
export const syncDoctor = app.task(
  {
    name: 'clinic.crm.sync_doctor',
    autoretryFor: [CrmUnavailable],
    retryBackoff: true,
    retryJitter: false,
    maxRetries: 5,
  },
  async (account: Account): Promise<SyncedAccount> => {
    const response = await fetch(new URL(`/doctors/${account.id}`, neighbour('CLINIC_CRM_URL')), {
      method: 'PUT',
      body: JSON.stringify({ name: account.name, licence: account.licence }),
    });
    if (response.status >= 500) throw new CrmUnavailable(`the CRM answered ${response.status}`);
    if (!response.ok) throw new CrmRefused(await response.text());
    return { ...account, revision: Number(response.headers.get('x-revision')) };
  },
);

import { app } from '../app.ts';
import { database } from '../database/database.ts';
import { neighbour } from '../environment.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import type { Account } from './accounts.ts';

/** The CRM answered that it cannot help now; trying again may work. */
export class CrmUnavailable extends Error {
  override readonly name = 'CrmUnavailable';
}

/** The CRM was asked too often, and said when to come back. */
export class CrmRateLimited extends Error {
  override readonly name = 'CrmRateLimited';
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
 * Copies an account to the CRM, which is often busy: tried again after 1, 2, 4… seconds, or when it says so (429 with Retry-After).
 * A refusal is final, and ends whatever workflow this is a step of.
 */
export const syncDoctor = app.task(
  {
    name: 'clinic.crm.sync_doctor',
    bind: true,
    autoretryFor: [CrmUnavailable, TypeError],
    retryBackoff: true,
    retryJitter: false,
    maxRetries: 5,
  },
  async (self, account: Account): Promise<SyncedAccount> => {
    const response = await fetch(new URL(`/doctors/${account.id}`, neighbour('CLINIC_CRM_URL')), {
      method: 'PUT',
      body: JSON.stringify({ name: account.name, licence: account.licence }),
      signal: self.signal,
    });
    if (response.status === 429) {
      const countdown = retryAfterSeconds(response.headers.get('retry-after'), Date.now());
      self.retry({ exc: new CrmRateLimited(`the CRM asks us to wait ${countdown} s`), countdown });
    }
    if (response.status >= 500) throw new CrmUnavailable(`the CRM answered ${response.status}`);
    if (!response.ok) throw new CrmRefused(await response.text());
    const revision = Number(response.headers.get('x-revision'));
    const db = await database();
    await db.updateTable('doctors').set({ crm_revision: revision }).where('id', '=', account.id).execute();
    return { ...account, revision };
  },
);

import { app } from '../app.ts';
import { neighbour } from '../environment.ts';

/** The CRM answered that it cannot help now; trying again may work. */
export class CrmUnavailable extends Error {
  override readonly name = 'CrmUnavailable';
}

/** Copies a doctor's record to the CRM, which is often busy: tried again after 1, 2, 4… seconds. */
export const syncDoctor = app.task(
  {
    name: 'clinic.crm.sync_doctor',
    autoretryFor: [CrmUnavailable],
    retryBackoff: true,
    retryJitter: false,
    maxRetries: 5,
  },
  async (doctorId: number) => {
    const response = await fetch(new URL(`/doctors/${doctorId}`, neighbour('CLINIC_CRM_URL')), {
      method: 'PUT',
    });
    if (response.status >= 500) throw new CrmUnavailable(`the CRM answered ${response.status}`);
    if (!response.ok) throw new Error(`the CRM refused doctor ${doctorId}: ${response.status}`);
    return { doctorId, revision: Number(response.headers.get('x-revision')) };
  },
);

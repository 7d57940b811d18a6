import type { Database } from '../database/index.ts';
import type { Letter } from './letter.ts';

/** To one clinician: all shifts of a rota that is published. */
export async function rotaPublished(db: Database, rotaId: number, clinicianId: number): Promise<Letter[]> {
  const rows = await db
    .selectFrom('rota')
    .innerJoin('clinician', (join) => join.on('clinician.id', '=', clinicianId))
    .innerJoin('account', 'account.id', 'account_id')
    .leftJoin('shift', (join) =>
      join.onRef('rota_id', '=', 'rota.id').onRef('shift.clinician_id', '=', 'clinician.id'),
    )
    .select(['rota.name as rota', 'clinician.name', 'account.email', 'shift.day', 'shift.kind'])
    .where('rota.id', '=', rotaId)
    .orderBy('shift.day')
    .execute();
  const [first] = rows;
  if (!first?.email) return [];
  const shifts = rows.flatMap(({ day, kind }) => (day === null ? [] : [`${day}, ${kind}`]));
  return [
    {
      name: first.name,
      email: first.email,
      subject: `The rota ${first.rota} is published`,
      lines: shifts.length > 0 ? ['Your shifts:', ...shifts] : ['You have no shifts in it.'],
    },
  ];
}

/** To whom a shift was given by hand. */
export async function shiftAssigned(db: Database, id: number): Promise<Letter[]> {
  const shift = await db
    .selectFrom('shift')
    .innerJoin('rota', 'rota.id', 'rota_id')
    .innerJoin('clinician', 'clinician.id', 'clinician_id')
    .innerJoin('account', 'account.id', 'account_id')
    .select(['clinician.name', 'account.email', 'day', 'kind', 'rota.name as rota'])
    .where('shift.id', '=', id)
    .executeTakeFirst();
  if (!shift?.email) return [];
  const { name, email, day, kind, rota } = shift;
  return [
    {
      name,
      email,
      subject: `You have a new shift on ${day}`,
      lines: [`In the rota ${rota} you are on: ${day}, ${kind}.`],
    },
  ];
}

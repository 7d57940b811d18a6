import type { Database } from '../database/index.ts';
import { Refused } from '../services/refused.ts';
import { assign, balance, daysBetween, type Leave, type Slot } from './assign.ts';

/** In this order. Each may be run again: it does what is left to do. */
export const PHASES = ['prepare', 'nights', 'days', 'balance'] as const;
export type Phase = (typeof PHASES)[number];

/** What a phase did. */
export interface PhaseReport {
  readonly rota: number;
  readonly phase: Phase;
  /** Shifts that it made, gave or moved. */
  readonly shifts: number;
}

/** Runs one phase of a rota's generation, all of it or nothing. @throws Refused for a rota that is not, or is published */
export function runPhase(db: Database, rotaId: number, phase: Phase): Promise<PhaseReport> {
  return db.transaction().execute(async (tx) => {
    const rota = await tx.selectFrom('rota').selectAll().where('id', '=', rotaId).executeTakeFirst();
    if (!rota) throw new Refused(404, `there is no rota ${rotaId}`);
    if (rota.state === 'published') throw new Refused(409, `rota ${rotaId} is published, and stays as it is`);
    if (phase === 'prepare') {
      const rows = daysBetween(rota.first_day, rota.last_day).flatMap((day) =>
        (['day', 'night'] as const).map((kind) => ({ rota_id: rotaId, day, kind, clinician_id: null })),
      );
      const made = await tx
        .insertInto('shift')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return { rota: rotaId, phase, shifts: Number(made.numInsertedOrUpdatedRows ?? 0) };
    }
    const before = await slotsOf(tx, rotaId);
    if (before.length === 0)
      throw new Refused(409, `rota ${rotaId} has no shifts: run the phase prepare first`);
    const slots = before.map((slot) => ({ ...slot }));
    const clinicians = (await tx.selectFrom('clinician').select('id').orderBy('id').execute()).map(
      ({ id }) => id,
    );
    const leave = await leaveOf(tx);
    if (phase === 'balance') balance(slots, clinicians, leave);
    else assign(phase === 'nights' ? 'night' : 'day', slots, clinicians, leave);
    const changed = slots.filter((slot, index) => slot.clinicianId !== before[index]?.clinicianId);
    for (const { id, clinicianId } of changed)
      await tx.updateTable('shift').set({ clinician_id: clinicianId }).where('id', '=', id).execute();
    if (phase === 'balance')
      await tx.updateTable('rota').set({ state: 'generated' }).where('id', '=', rotaId).execute();
    return { rota: rotaId, phase, shifts: changed.length };
  });
}

const slotsOf = (db: Database, rotaId: number): Promise<Slot[]> =>
  db
    .selectFrom('shift')
    .select(['id', 'day', 'kind', 'clinician_id as clinicianId'])
    .where('rota_id', '=', rotaId)
    .orderBy('day')
    .orderBy('kind')
    .execute();

const leaveOf = (db: Database): Promise<Leave[]> =>
  db
    .selectFrom('leave_request')
    .select(['clinician_id as clinicianId', 'first_day as firstDay', 'last_day as lastDay'])
    .where('state', '=', 'approved')
    .execute();

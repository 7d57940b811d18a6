import { chain } from 'lovage';
import { database } from '../database/index.ts';
import { PHASES, type Phase } from '../rota/phases.ts';
import { sendBatchNotifications, sendShiftAssignedNotification } from '../tasks/notification-tasks.ts';
import { PHASE_TASKS } from '../tasks/rota-tasks.ts';
import { Refused } from './refused.ts';
import { tell } from './tell.ts';

const MOST_DAYS = 92;

export interface NewRota {
  readonly name: string;
  readonly first_day: string;
  readonly last_day: string;
}

/** @throws Refused */
export async function createRota(rota: NewRota) {
  const days = (Date.parse(rota.last_day) - Date.parse(rota.first_day)) / 86_400_000 + 1;
  if (!(days >= 1 && days <= MOST_DAYS))
    throw new Refused(400, `a rota has 1 to ${MOST_DAYS} days, and this one ${days}`);
  const db = await database();
  return db
    .insertInto('rota')
    .values({ ...rota, state: 'draft' })
    .returning('id')
    .executeTakeFirstOrThrow();
}

/** All phases, one after the other, or one of them. What fails ends the chain, and the administrators are told. */
export function generateRota(rotaId: number, phase?: Phase) {
  const task = (each: Phase) => PHASE_TASKS[each].si(rotaId);
  const [first, second, third, fourth] = PHASES;
  return phase
    ? task(phase).applyAsync()
    : chain(task(first), task(second), task(third), task(fourth)).applyAsync();
}

/** Everybody's shifts are told to them, in one task. @throws Refused */
export async function publishRota(id: number) {
  const db = await database();
  const published = await db
    .updateTable('rota')
    .set({ state: 'published' })
    .where('id', '=', id)
    .where('state', '=', 'generated')
    .returning('id')
    .executeTakeFirst();
  if (!published) throw new Refused(409, `there is no rota ${id} that is generated and not published`);
  const clinicians = await db
    .selectFrom('clinician')
    .innerJoin('account', 'account.id', 'account_id')
    .select('clinician.id')
    .where('account.email', 'is not', null)
    .orderBy('clinician.id')
    .execute();
  const notifications = clinicians.map((clinician) => ({ kind: 'rota_published', ids: [id, clinician.id] }));
  return { id, state: 'published', ...(await tell(() => sendBatchNotifications.delay(notifications))) };
}

/** Gives one shift to somebody by hand. @throws Refused */
export async function assignShift(id: number, clinicianId: number) {
  const db = await database();
  const known = await db
    .selectFrom('clinician')
    .select('id')
    .where('id', '=', clinicianId)
    .executeTakeFirst();
  if (!known) throw new Refused(404, `there is no clinician ${clinicianId}`);
  const given = await db
    .updateTable('shift')
    .set({ clinician_id: clinicianId })
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  if (!given) throw new Refused(404, `there is no shift ${id}`);
  return { id, ...(await tell(() => sendShiftAssignedNotification.delay(id))) };
}

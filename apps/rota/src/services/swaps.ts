import { database } from '../database/index.ts';
import {
  sendSwapAcceptedNotification,
  sendSwapAdminNotification,
  sendSwapDecisionNotification,
  sendSwapRejectedNotification,
  sendSwapRequestNotification,
} from '../tasks/shift-swap-tasks.ts';
import type { User } from './accounts.ts';
import { Refused } from './refused.ts';
import { tell } from './tell.ts';

/** A clinician offers a shift of theirs for one of somebody else. @throws Refused */
export async function requestSwap(by: User, shiftId: number, offeredShiftId: number) {
  const db = await database();
  const shifts = await db
    .selectFrom('shift')
    .select(['id', 'clinician_id'])
    .where('id', 'in', [shiftId, offeredShiftId])
    .execute();
  const ownerOf = (id: number) => shifts.find((shift) => shift.id === id)?.clinician_id ?? undefined;
  const target = ownerOf(offeredShiftId);
  if (by.clinicianId === undefined || ownerOf(shiftId) !== by.clinicianId)
    throw new Refused(403, `shift ${shiftId} is not yours`);
  if (target === undefined || target === by.clinicianId)
    throw new Refused(409, `shift ${offeredShiftId} is nobody else's`);
  const { id } = await db
    .insertInto('swap')
    .values({
      shift_id: shiftId,
      offered_shift_id: offeredShiftId,
      requester_id: by.clinicianId,
      target_id: target,
      state: 'requested',
      decided_by: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, ...(await tell(() => sendSwapRequestNotification.delay(id))) };
}

/** Whom it was offered to answers, once. @throws Refused */
export async function answerSwap(by: User, id: number, state: 'accepted' | 'rejected') {
  const db = await database();
  const answered = await db
    .updateTable('swap')
    .set({ state })
    .where('id', '=', id)
    .where('state', '=', 'requested')
    .where('target_id', '=', by.clinicianId ?? 0)
    .returning('id')
    .executeTakeFirst();
  if (!answered) throw new Refused(409, `there is no swap ${id} that waits for your answer`);
  const told =
    state === 'accepted'
      ? await tell(
          () => sendSwapAcceptedNotification.delay(id),
          () => sendSwapAdminNotification.delay(id),
        )
      : await tell(() => sendSwapRejectedNotification.delay(id));
  return { id, state, ...told };
}

/** An administrator decides, once; with a yes the shifts change hands. @throws Refused */
export async function decideSwap(by: User, id: number, approve: boolean) {
  const db = await database();
  const state = approve ? 'approved' : 'declined';
  await db.transaction().execute(async (tx) => {
    const swap = await tx
      .updateTable('swap')
      .set({ state, decided_by: by.id })
      .where('id', '=', id)
      .where('state', '=', 'accepted')
      .returning(['shift_id', 'offered_shift_id', 'requester_id', 'target_id'])
      .executeTakeFirst();
    if (!swap) throw new Refused(409, `there is no swap ${id} that waits for a decision`);
    if (!approve) return;
    for (const [shift, from, to] of [
      [swap.shift_id, swap.requester_id, swap.target_id],
      [swap.offered_shift_id, swap.target_id, swap.requester_id],
    ] as const) {
      const moved = await tx
        .updateTable('shift')
        .set({ clinician_id: to })
        .where('id', '=', shift)
        .where('clinician_id', '=', from)
        .returning('id')
        .executeTakeFirst();
      if (!moved) throw new Refused(409, `shift ${shift} has changed hands meanwhile: decline this swap`);
    }
  });
  return { id, state, ...(await tell(() => sendSwapDecisionNotification.delay(id))) };
}

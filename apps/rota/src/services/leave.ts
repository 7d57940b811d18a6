import { database } from '../database/index.ts';
import {
  sendLeaveApprovedNotification,
  sendLeaveDeniedNotification,
  sendLeaveSubmittedNotification,
} from '../tasks/notification-tasks.ts';
import type { User } from './accounts.ts';
import { Refused } from './refused.ts';
import { tell } from './tell.ts';

export interface LeaveRequest {
  readonly first_day: string;
  readonly last_day: string;
  readonly reason: string;
}

/** A clinician asks for leave. @throws Refused */
export async function submitLeave(by: User, request: LeaveRequest) {
  if (by.clinicianId === undefined) throw new Refused(403, 'only clinicians ask for leave');
  if (request.first_day > request.last_day) throw new Refused(400, 'last_day comes before first_day');
  const db = await database();
  const { id } = await db
    .insertInto('leave_request')
    .values({ ...request, clinician_id: by.clinicianId, state: 'submitted', decided_by: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, ...(await tell(() => sendLeaveSubmittedNotification.delay(id))) };
}

/** An administrator decides, once. @throws Refused */
export async function decideLeave(by: User, id: number, state: 'approved' | 'denied') {
  const db = await database();
  const decided = await db
    .updateTable('leave_request')
    .set({ state, decided_by: by.id })
    .where('id', '=', id)
    .where('state', '=', 'submitted')
    .returning('id')
    .executeTakeFirst();
  if (!decided) throw new Refused(409, `there is no request for leave ${id} that waits for a decision`);
  const task = state === 'approved' ? sendLeaveApprovedNotification : sendLeaveDeniedNotification;
  return { id, state, ...(await tell(() => task.delay(id))) };
}

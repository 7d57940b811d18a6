import type { TaskSelf } from 'lovage';
import { app } from '../app.ts';
import { type Database, database } from '../database/index.ts';
import { leaveApproved, leaveDenied, leaveSubmitted } from '../notices/leave.ts';
import { type Letter, tryLetters } from '../notices/letter.ts';
import { rotaPublished, shiftAssigned } from '../notices/shifts.ts';

const NAME = 'tasks.notification_tasks';
/** A notification is worth one try: what is told too late is told wrong. Late acknowledged, for nobody is told twice. */
const ONCE = { bind: true, maxRetries: 0, acksLate: true, rejectOnWorkerLost: true } as const;

type Write = (db: Database, ...ids: number[]) => Promise<Letter[]>;

/** True when everybody whom it is for has it. Never fails: what went wrong is in the log. */
async function notify(self: TaskSelf, write: Write, ids: readonly number[], part?: string): Promise<boolean> {
  try {
    return await tryLetters(self, await write(await database(), ...ids), part);
  } catch (error) {
    self.signal.throwIfAborted();
    self.logger.warn('a notification was not written', { err: error });
    return false;
  }
}

export const sendLeaveSubmittedNotification = app.task(
  { ...ONCE, name: `${NAME}.send_leave_submitted_notification`, params: ['leave_request_id'] },
  (self, id: number) => notify(self, leaveSubmitted, [id]),
);

export const sendLeaveApprovedNotification = app.task(
  { ...ONCE, name: `${NAME}.send_leave_approved_notification`, params: ['leave_request_id'] },
  (self, id: number) => notify(self, leaveApproved, [id]),
);

export const sendLeaveDeniedNotification = app.task(
  { ...ONCE, name: `${NAME}.send_leave_denied_notification`, params: ['leave_request_id'] },
  (self, id: number) => notify(self, leaveDenied, [id]),
);

export const sendRotaPublishedNotification = app.task(
  { ...ONCE, name: `${NAME}.send_rota_published_notification`, params: ['rota_id', 'clinician_id'] },
  (self, rotaId: number, clinicianId: number) => notify(self, rotaPublished, [rotaId, clinicianId]),
);

export const sendShiftAssignedNotification = app.task(
  { ...ONCE, name: `${NAME}.send_shift_assigned_notification`, params: ['shift_id'] },
  (self, id: number) => notify(self, shiftAssigned, [id]),
);

const KINDS: Readonly<Record<string, Write>> = {
  leave_submitted: leaveSubmitted,
  leave_approved: leaveApproved,
  leave_denied: leaveDenied,
  rota_published: rotaPublished as Write,
  shift_assigned: shiftAssigned,
};

/** One of many: what kind it is, and the ids that the task of that kind takes. */
export interface Notification {
  readonly kind: string;
  readonly ids: readonly number[];
}

/** Many in one task. What one of them comes to is nothing to the others. */
export const sendBatchNotifications = app.task(
  { ...ONCE, name: `${NAME}.send_batch_notifications`, params: ['notifications'] },
  async (self, notifications: readonly Notification[]) => {
    let success = 0;
    for (const [index, { kind, ids }] of notifications.entries()) {
      const write = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
      if (!write)
        self.logger.warn(`there is no notification ${kind}: write one of ${Object.keys(KINDS).join(', ')}`);
      else if (await notify(self, write, ids, `:${index}`)) success += 1;
    }
    return { success, failure: notifications.length - success, total: notifications.length };
  },
);

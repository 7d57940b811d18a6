import type { TaskSelf } from 'lovage';
import { app } from '../app.ts';
import { type Database, database } from '../database/index.ts';
import { MAILS } from '../mail-options.ts';
import { type Letter, sendLetters } from '../notices/letter.ts';
import { swapAccepted, swapDecided, swapForAdmins, swapRejected, swapRequested } from '../notices/swaps.ts';

const NAME = 'tasks.shift_swap_tasks';

/** True also where there is nobody to write to: who has no account, or no e-mail, is told by people. */
async function tell(
  self: TaskSelf,
  write: (db: Database, id: number) => Promise<Letter[]>,
  id: number,
): Promise<true> {
  await sendLetters(self, await write(await database(), id));
  return true;
}

export const sendSwapRequestNotification = app.task(
  { ...MAILS, name: `${NAME}.send_swap_request_notification`, params: ['swap_id'] },
  (self, id: number) => tell(self, swapRequested, id),
);

export const sendSwapAcceptedNotification = app.task(
  { ...MAILS, name: `${NAME}.send_swap_accepted_notification`, params: ['swap_id'] },
  (self, id: number) => tell(self, swapAccepted, id),
);

export const sendSwapRejectedNotification = app.task(
  { ...MAILS, name: `${NAME}.send_swap_rejected_notification`, params: ['swap_id'] },
  (self, id: number) => tell(self, swapRejected, id),
);

export const sendSwapDecisionNotification = app.task(
  { ...MAILS, name: `${NAME}.send_swap_decision_notification`, params: ['swap_id'] },
  (self, id: number) => tell(self, swapDecided, id),
);

export const sendSwapAdminNotification = app.task(
  { ...MAILS, name: `${NAME}.send_swap_admin_notification`, maxRetries: 3, params: ['swap_id'] },
  (self, id: number) => tell(self, swapForAdmins, id),
);

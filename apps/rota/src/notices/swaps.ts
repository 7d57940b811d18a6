import type { Database } from '../database/index.ts';
import type { Letter } from './letter.ts';

/** A swap with both clinicians, their accounts and their shifts: one query. An account, or its e-mail, may be missing. */
const swapOf = (db: Database, id: number) =>
  db
    .selectFrom('swap')
    .innerJoin('clinician as requester', 'requester.id', 'requester_id')
    .innerJoin('clinician as target', 'target.id', 'target_id')
    .leftJoin('account as ra', 'ra.id', 'requester.account_id')
    .leftJoin('account as ta', 'ta.id', 'target.account_id')
    .innerJoin('shift', 'shift.id', 'shift_id')
    .innerJoin('shift as offered', 'offered.id', 'offered_shift_id')
    .where('swap.id', '=', id)
    .select([
      'swap.state',
      'requester.name as requester',
      'ra.email as requester_email',
      'target.name as target',
      'ta.email as target_email',
      'shift.day as day',
      'shift.kind as kind',
      'offered.day as offered_day',
      'offered.kind as offered_kind',
    ]);

type Swap = Awaited<ReturnType<ReturnType<typeof swapOf>['executeTakeFirst']>>;

/** Whom a letter is for, what it says: nobody where there is no address. */
const to = (
  name: string | undefined,
  email: string | null | undefined,
  subject: string,
  line: string,
): Letter[] => (name && email ? [{ name, email, subject, lines: [line] }] : []);

const what = (swap: NonNullable<Swap>): string =>
  `${swap.requester} gives ${swap.day} (${swap.kind}) and takes ${swap.offered_day} (${swap.offered_kind}) from ${swap.target}.`;

async function letters(
  db: Database,
  id: number,
  write: (swap: NonNullable<Swap>) => Letter[],
): Promise<Letter[]> {
  const swap = await swapOf(db, id).executeTakeFirst();
  return swap ? write(swap) : [];
}

export const swapRequested = (db: Database, id: number): Promise<Letter[]> =>
  letters(db, id, (swap) =>
    to(swap.target, swap.target_email, `${swap.requester} asks you to swap a shift`, what(swap)),
  );

export const swapAccepted = (db: Database, id: number): Promise<Letter[]> =>
  letters(db, id, (swap) =>
    to(
      swap.requester,
      swap.requester_email,
      `${swap.target} accepts your swap`,
      `${what(swap)} An administrator decides.`,
    ),
  );

export const swapRejected = (db: Database, id: number): Promise<Letter[]> =>
  letters(db, id, (swap) =>
    to(
      swap.requester,
      swap.requester_email,
      `${swap.target} rejects your swap`,
      `Nothing changes. You had asked: ${what(swap)}`,
    ),
  );

/** To both. */
export const swapDecided = (db: Database, id: number): Promise<Letter[]> =>
  letters(db, id, (swap) => {
    const subject = swap.state === 'approved' ? 'Your swap is approved' : 'Your swap is declined';
    return [
      ...to(swap.requester, swap.requester_email, subject, what(swap)),
      ...to(swap.target, swap.target_email, subject, what(swap)),
    ];
  });

/** To the administrators who want to know, joined to the swap. */
export async function swapForAdmins(db: Database, id: number): Promise<Letter[]> {
  const rows = await swapOf(db, id)
    .innerJoin('account as admin', (join) => join.on('admin.is_admin', '=', 1).on('admin.is_active', '=', 1))
    .leftJoin('admin_preference as preference', (join) =>
      join.onRef('preference.account_id', '=', 'admin.id').on('preference.email_type', '=', 'admin_actions'),
    )
    .where(({ eb, or }) => or([eb('preference.wanted', 'is', null), eb('preference.wanted', '=', 1)]))
    .select(['admin.name as admin', 'admin.email as admin_email'])
    .orderBy('admin.id')
    .execute();
  return rows.flatMap((row) => to(row.admin, row.admin_email, 'A swap waits for your decision', what(row)));
}

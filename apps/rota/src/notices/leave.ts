import type { Database } from '../database/index.ts';
import { adminsWanting } from './admins.ts';
import type { Letter } from './letter.ts';

/** A request for leave, and its clinician's account. */
const requestOf = (db: Database, id: number) =>
  db
    .selectFrom('leave_request')
    .innerJoin('clinician', 'clinician.id', 'clinician_id')
    .leftJoin('account', 'account.id', 'account_id')
    .select(['clinician.name', 'account.email', 'first_day', 'last_day', 'reason', 'leave_request.state'])
    .where('leave_request.id', '=', id)
    .executeTakeFirst();

/** To the administrators who want to know. */
export async function leaveSubmitted(db: Database, id: number): Promise<Letter[]> {
  const request = await requestOf(db, id);
  if (!request) return [];
  return (await adminsWanting(db, 'admin_actions')).map(({ name, email }) => ({
    name,
    email,
    subject: `${request.name} asks for leave`,
    lines: [
      `${request.name} asks for leave from ${request.first_day} to ${request.last_day}: ${request.reason}`,
    ],
  }));
}

export const leaveApproved = (db: Database, id: number): Promise<Letter[]> =>
  decided(db, id, 'Your leave is approved', 'is approved.');

export const leaveDenied = (db: Database, id: number): Promise<Letter[]> =>
  decided(db, id, 'Your leave is denied', 'is denied. Your administrator can tell you why.');

async function decided(db: Database, id: number, subject: string, what: string): Promise<Letter[]> {
  const request = await requestOf(db, id);
  if (!request?.email) return [];
  const { name, email } = request;
  return [
    { name, email, subject, lines: [`Your leave from ${request.first_day} to ${request.last_day} ${what}`] },
  ];
}

import { database } from '../database/index.ts';
import { sendInvitationEmail, sendPasswordResetEmail } from '../tasks/email-tasks.ts';
import { readToken } from './links.ts';
import { hashPassword, isPassword } from './passwords.ts';
import { Refused } from './refused.ts';
import { tell } from './tell.ts';

const INVITATION_MS = 7 * 24 * 3_600_000;
const RESET_MS = 3_600_000;
const SHORTEST_PASSWORD = 12;

/** Who asks. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly isAdmin: boolean;
  /** Undefined for who is no clinician. */
  readonly clinicianId: number | undefined;
}

/** @throws Refused */
export async function login(email: string, password: string): Promise<User> {
  const db = await database();
  const account = await db
    .selectFrom('account')
    .leftJoin('clinician', 'clinician.account_id', 'account.id')
    .select([
      'account.id',
      'account.name',
      'is_admin',
      'is_active',
      'password_hash',
      'clinician.id as clinicianId',
    ])
    .where('email', '=', email)
    .executeTakeFirst();
  const known = await isPassword(password, account?.password_hash ?? null);
  if (!known || !account || account.is_active === 0)
    throw new Refused(401, 'no such account, or another password');
  return {
    id: account.id,
    name: account.name,
    isAdmin: account.is_admin === 1,
    clinicianId: account.clinicianId ?? undefined,
  };
}

export async function invite(by: User, { email, name }: { readonly email: string; readonly name: string }) {
  const db = await database();
  const expires = new Date(Date.now() + INVITATION_MS).toISOString();
  if (await db.selectFrom('account').select('id').where('email', '=', email).executeTakeFirst())
    throw new Refused(409, `${email} has an account`);
  const { id } = await db
    .insertInto('invitation')
    .values({ email, name, invited_by: by.id, expires_at: expires, used_at: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, ...(await tell(() => sendInvitationEmail.delay(id))) };
}

/** Opens the account that an invitation is for, once. @throws Refused */
export async function acceptInvitation(
  token: string,
  password: string,
): Promise<{ readonly account: number }> {
  const { id, expiresAt } = readToken('invitation', token);
  const hash = await hashPassword(checked(password));
  const db = await database();
  return db.transaction().execute(async (tx) => {
    const used = { used_at: new Date().toISOString() };
    const invitation = await tx
      .updateTable('invitation')
      .set(used)
      .where('id', '=', id)
      .where('expires_at', '=', expiresAt)
      .where('used_at', 'is', null)
      .returning(['email', 'name'])
      .executeTakeFirst();
    if (!invitation) throw new Refused(410, 'this invitation was used');
    const account = {
      email: invitation.email,
      name: invitation.name,
      is_admin: 0,
      is_active: 1,
      password_hash: hash,
    } as const;
    const made = await tx
      .insertInto('account')
      .values(account)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!made) throw new Refused(409, `${invitation.email} has an account`);
    await tx.insertInto('clinician').values({ name: invitation.name, account_id: made.id }).execute();
    return { account: made.id };
  });
}

/** Says nothing of whether there is such an account: anybody may ask. */
export async function askForReset(email: string): Promise<void> {
  const db = await database();
  const account = await db
    .selectFrom('account')
    .select('id')
    .where('email', '=', email)
    .where('is_active', '=', 1)
    .executeTakeFirst();
  if (!account) return;
  const { id } = await db
    .insertInto('password_reset')
    .values({
      account_id: account.id,
      expires_at: new Date(Date.now() + RESET_MS).toISOString(),
      used_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tell(() => sendPasswordResetEmail.delay(id));
}

/** Sets a new password, once for each link; the links that were sent before it end too. @throws Refused */
export async function resetPassword(token: string, password: string): Promise<void> {
  const { id, expiresAt } = readToken('password-reset', token);
  const hash = await hashPassword(checked(password));
  const db = await database();
  await db.transaction().execute(async (tx) => {
    const reset = await tx
      .selectFrom('password_reset')
      .select('account_id')
      .where('id', '=', id)
      .where('expires_at', '=', expiresAt)
      .where('used_at', 'is', null)
      .executeTakeFirst();
    if (!reset) throw new Refused(410, 'this link was used');
    const used = { used_at: new Date().toISOString() };
    const ended = await tx
      .updateTable('password_reset')
      .set(used)
      .where('account_id', '=', reset.account_id)
      .where('used_at', 'is', null)
      .returning('id')
      .execute();
    // Another request was first.
    if (!ended.some((each) => each.id === id)) throw new Refused(410, 'this link was used');
    await tx.updateTable('account').set({ password_hash: hash }).where('id', '=', reset.account_id).execute();
  });
}

function checked(password: string): string {
  if (password.length < SHORTEST_PASSWORD || password.length > 200)
    throw new Refused(400, `a password has ${SHORTEST_PASSWORD} to 200 characters`);
  return password;
}

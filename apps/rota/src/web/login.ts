import type { Context } from 'hono';
import { auth } from 'hono/utils/basic-auth';
import { login, type User } from '../services/accounts.ts';
import { Refused } from '../services/refused.ts';

/** Who asks. @throws Refused */
export async function userOf(context: Context): Promise<User> {
  const given = auth(context.req.raw);
  if (!given) throw new Refused(401, 'say who you are: an e-mail address and a password');
  return login(given.username, given.password);
}

/** @throws Refused for who is none */
export async function adminOf(context: Context): Promise<User> {
  const user = await userOf(context);
  if (!user.isAdmin) throw new Refused(403, 'only administrators may do this');
  return user;
}

import { execFileSync } from 'node:child_process';
import { CommandError } from '../exit.ts';

export interface Identity {
  readonly uid?: string;
  readonly gid?: string;
  readonly umask?: number;
}

/**
 * Become another user, as `--uid` and `--gid` ask, by name or number, with the groups of that user; for good.
 * What this process is already is not asked for again, so that a worker that starts anew needs no rights for it.
 * @throws CommandError when there is no such user or group, or this process may not become it
 */
export function takeIdentity({ uid, gid, umask }: Identity): void {
  if (umask !== undefined) process.umask(umask);
  if (uid === undefined && gid === undefined) return;
  const { getuid, getgid, setuid, setgid, setgroups } = process;
  if (!getuid || !getgid || !setuid || !setgid || !setgroups) {
    throw new CommandError('This system has no users to change to: leave --uid and --gid out.');
  }
  const groups = uid === undefined ? [] : groupsOf(uid, gid);
  const group = gid ?? groups[0];
  try {
    if (uid !== undefined && getuid() === userNumber(uid)) return;
    if (groups.length > 0) setgroups([...groups]);
    if (group !== undefined && String(getgid()) !== String(group)) setgid(asId(group));
    if (uid !== undefined) setuid(userNumber(uid));
  } catch (error) {
    throw new CommandError(`Cannot run as ${named({ uid, gid })}: ${(error as Error).message}`);
  }
}

/** A user that only has a number belongs to the group that was named, and to no other. */
function groupsOf(user: string, gid: string | undefined): (number | string)[] {
  try {
    return id('-G', user).split(' ').map(Number);
  } catch (error) {
    if (/^\d+$/.test(user) && gid !== undefined) return [asId(gid)];
    throw error;
  }
}

const userNumber = (user: string): number => (/^\d+$/.test(user) ? Number(user) : Number(id('-u', user)));

const asId = (text: number | string): number | string => (/^\d+$/.test(String(text)) ? Number(text) : text);

function id(what: '-u' | '-G', user: string): string {
  try {
    return execFileSync('id', [what, '--', user], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch {
    throw new CommandError(`There is no user ${user}.`);
  }
}

function named({ uid, gid }: { readonly uid: string | undefined; readonly gid: string | undefined }): string {
  const parts = [uid === undefined ? [] : [`user ${uid}`], gid === undefined ? [] : [`group ${gid}`]];
  return parts.flat().join(', ');
}

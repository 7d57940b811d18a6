import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where pid files and logs go that nobody named a place for. Celery's are /var/run/celery and /var/log/celery, which
 * only root may write; here they are of Lovage's name for root, and in the state folder of anybody else.
 */
export function defaultFolders(): { readonly run: string; readonly log: string } {
  const state = process.env['XDG_STATE_HOME'];
  if (!state && process.getuid?.() === 0) return { run: '/var/run/lovage', log: '/var/log/lovage' };
  const folder = join(state || join(homedir(), '.local', 'state'), 'lovage');
  return { run: join(folder, 'run'), log: join(folder, 'log') };
}

import { spawn } from 'node:child_process';

/** Waits for the end of its input, then ends the groups that it was told of, as `ProcessGroup` does. */
const SCRIPT = [
  'exec 2>/dev/null',
  'cat >/dev/null',
  'for g; do kill -TERM "$g" || kill -TERM "-$g"; done',
  'sleep 1',
  'for g; do kill -0 "$g" || kill -TERM "-$g"; done',
  'sleep 5',
  'for g; do kill -KILL "-$g"; done',
].join('; ');

/**
 * Ends these groups when this process dies without having been asked, as by SIGKILL: they would live on, for they have
 * sessions of their own. Its input is a pipe from here, which whatever befalls us closes. Call what it answers once
 * the groups have ended.
 */
export function guard(groups: readonly number[]): () => void {
  if (process.platform === 'win32') return () => {};
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'lovage-dev-guard', ...groups.map(String)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell there is no guard: that is nothing to die of.
  child.once('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  return () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {}
  };
}

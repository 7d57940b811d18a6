/** A backup, a check or a restore that failed. Its message says of what, why, and what is left as it was. */
export class BackupFailed extends Error {
  override readonly name = 'BackupFailed';
}

/** What an error says, on one line that is not endless. */
export function told(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const text = message ?? String(error);
  const known = typeof code === 'string' && /^E[A-Z]+$/.test(code) && !text.includes(code);
  return `${known ? `${code}: ` : ''}${text}`.replace(/\s+/g, ' ').trim().slice(0, 1_000);
}

import { ImproperlyConfigured } from '@lovage/app';

/** How many revocations a worker remembers, of ids and again of stamps, and for how long. */
export interface RevokedLimits {
  readonly max: number;
  readonly keepMs: number;
}

const MAX = 'CELERY_WORKER_REVOKES_MAX';
const EXPIRES = 'CELERY_WORKER_REVOKE_EXPIRES';

/**
 * Celery's numbers: 50,000 for three hours, or what its environment variables say.
 * @throws ImproperlyConfigured when one of them is no number
 */
export function revokedLimits(environment: Readonly<Record<string, string | undefined>>): RevokedLimits {
  const max = Number(environment[MAX] || 50_000);
  const seconds = Number(environment[EXPIRES] || 10_800);
  if (!Number.isInteger(max) || max < 1) {
    throw new ImproperlyConfigured(`${MAX} must be a whole number from 1, not ${environment[MAX]}`);
  }
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new ImproperlyConfigured(
      `${EXPIRES} must be a number of seconds above 0, not ${environment[EXPIRES]}`,
    );
  }
  return { max, keepMs: seconds * 1000 };
}

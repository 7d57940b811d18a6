import { REVOCATION_TEXT_MAX, REVOCATIONS_KEPT } from '@lovage/contracts';
import { monotonicSeconds } from './monotonic.ts';
import type { RevokedTasks } from './panel.ts';

/** Revoked ids as workers tell each other: `{ id: [when, id] }`, on a clock that only their own machine knows. */
export function toRevokedMap(ids: readonly string[]): Record<string, readonly [number, string]> {
  const now = monotonicSeconds();
  return Object.fromEntries(ids.map((id) => [id, [now, id] as const]));
}

/**
 * What of another worker's ids is new here. Its times mean nothing on this machine, so what is known already keeps
 * its own: else a revoke would start anew with every worker that starts. What is no such map holds no ids.
 */
export function newlyRevoked(map: unknown, known: readonly string[]): readonly RevokedTasks[] {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return [];
  const here = new Set(known);
  return Object.keys(map)
    .slice(-REVOCATIONS_KEPT)
    .filter((id) => id !== '' && id.length <= REVOCATION_TEXT_MAX && !here.has(id))
    .map((taskId) => ({ kind: 'id', taskId }));
}

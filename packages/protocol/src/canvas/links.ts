/** How the callbacks of a task that ended are applied (wire spec 6.7). */
import { stringifyJson } from '../json-write.ts';
import type { SignatureDict } from '../signature.ts';
import { groupSignature, shapeOf } from './shapes.ts';

/**
 * What a success applies. One callback goes alone. Of several each group goes by itself, and the others go together as
 * one group more: the result's children then hold that group, where Celery's readers look for it.
 */
export function appliedCallbacks(callbacks: readonly SignatureDict[]): readonly SignatureDict[] {
  if (callbacks.length < 2) return callbacks;
  const groups = callbacks.filter((callback) => shapeOf(callback) === 'group');
  const others = callbacks.filter((callback) => shapeOf(callback) !== 'group');
  return others.length === 0 ? groups : [...groups, groupSignature(others)];
}

/** What a failure applies: all error callbacks as one group, be it of one, and each once however often it was linked. */
export const appliedErrbacks = (errbacks: readonly SignatureDict[]): SignatureDict =>
  groupSignature(eachOnce(errbacks));

/** Those that say the same are the same. */
export const eachOnce = (signatures: readonly SignatureDict[]): readonly SignatureDict[] => [
  ...new Map(signatures.map((signature) => [stringifyJson(signature), signature])).values(),
];

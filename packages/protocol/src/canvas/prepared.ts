import type { SignatureDict } from '../signature.ts';

/**
 * Signatures that are known to be prepared. They never change, so that preparing one again, as each step of a long chain
 * would do with all that follows it, can answer at once. Forgotten with the signature itself.
 */
const known = new WeakSet<object>();

export const isPrepared = (value: unknown): value is SignatureDict =>
  typeof value === 'object' && value !== null && known.has(value);

/** Answers the signature, remembered. */
export function markPrepared(signature: SignatureDict): SignatureDict {
  known.add(signature);
  return signature;
}

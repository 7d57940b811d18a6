import type { SignatureDict } from '../signature.ts';
import type { Json } from './stamps.ts';

/** Values by name. Those that `stampedHeaders` names are stamps; all of them, when it is missing. */
export interface StampHeaders {
  readonly stampedHeaders?: readonly string[];
  readonly [name: string]: Json;
}

/** What a method of a visitor may answer: headers, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method that has nothing to say need not return
export type StampAnswer = StampHeaders | null | undefined | void;

/**
 * Decides on stamps while a workflow is walked through, from the outside in. What a method answers of a whole holds for
 * all within it. Each is shown what was said further outside: `headers`. Values that are no stamps go no further than
 * to the methods that are asked inside.
 */
export interface StampingVisitor {
  /** Of one task. */
  onSignature(signature: SignatureDict, headers: StampHeaders): StampAnswer;
  onGroupStart?(group: SignatureDict, headers: StampHeaders): StampAnswer;
  onGroupEnd?(group: SignatureDict, headers: StampHeaders): void;
  onChainStart?(chain: SignatureDict, headers: StampHeaders): StampAnswer;
  onChainEnd?(chain: SignatureDict, headers: StampHeaders): void;
  /** Of a chord's header, and so of its body. Default: `onGroupStart` with the header. */
  onChordHeaderStart?(chord: SignatureDict, headers: StampHeaders): StampAnswer;
  /** Default: `onGroupEnd` with the header. */
  onChordHeaderEnd?(chord: SignatureDict, headers: StampHeaders): void;
  /** Of a chord's body only. */
  onChordBody?(chord: SignatureDict, headers: StampHeaders): StampAnswer;
  /** Of what follows a success. */
  onCallback?(callback: SignatureDict, headers: StampHeaders): StampAnswer;
  /** Of what follows a failure. */
  onErrback?(errback: SignatureDict, headers: StampHeaders): StampAnswer;
}

import type { ChordOpening, ChordPart, OutgoingMessage, ResultRecord } from '@lovage/contracts';
import type { SignatureDict } from '@lovage/protocol';

/**
 * Everything the world must learn of one execution. Decided by `conclude`, in the process that ran the task;
 * carried out by the completer, in the worker. Plain data: it crosses process borders.
 */
export interface Conclusion {
  /** In order. */
  readonly records: readonly ResultRecord[];
  readonly followUps: readonly OutgoingMessage[];
  /** What becomes of a delivery that is not acknowledged yet. */
  readonly settlement: 'done' | 'release' | 'reject';
  /** Chords to open before the follow-ups are sent. */
  readonly opens?: readonly ChordOpening[];
  /** What counts towards chords: the task itself, or what will never run because of it. What completes one sends its body. */
  readonly chords?: readonly ChordArrival[];
  /** Keep the message in quarantine, for this reason. */
  readonly quarantine?: string;
  readonly report: Report;
}

/** A part of a chord's header has ended. */
export interface ChordArrival {
  readonly id: string;
  readonly part: ChordPart;
  readonly body: SignatureDict;
  readonly rootId: string;
}

/** For logs, counters and events. */
export interface Report {
  readonly kind: 'succeeded' | 'failed' | 'retried' | 'ignored' | 'rejected' | 'unreadable';
  readonly runtimeS: number;
  /** Listed in the task's `throws`: no trace, no alarm. */
  readonly expected?: boolean;
  /** Shown after the kind: the result's repr, the error's, the reason. Empty when nobody would read it. */
  readonly text: string;
  /** The error's repr, where `text` says more than that. */
  readonly exception?: string;
  readonly traceback?: string;
  /** Of what was rejected: it went back to its queue. */
  readonly requeue?: boolean;
  /** Something beside the outcome that people must know. */
  readonly warning?: string;
}

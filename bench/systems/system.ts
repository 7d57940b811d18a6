import type { Command } from '../program.ts';
import type { Scratch } from '../scratch.ts';
import type { Store } from '../store.ts';

/** One of the systems under comparison, in one way of running it. */
export interface System {
  worker(): Command;
  producer(job: Job): Command;
  /** The fastest way it offers to fill a queue. */
  readonly fill: 'one' | 'bulk';
  /** A new store for one measurement, and the eyes on it. */
  open(scratch: Scratch): Promise<OpenStore>;
}

export interface OpenStore extends AsyncDisposable {
  readonly store: Store;
  readonly ledger: Ledger;
}

/** What a producer is asked to do: programs/produce.js and programs/celery/produce.py read it. */
export interface Job {
  readonly how: 'one' | 'bulk' | 'paced' | 'later' | 'chord';
  readonly count: number;
  /** one: calls unanswered at a time (100). Celery's client blocks: there it is always 1. */
  readonly width?: number;
  /** bulk, later: messages a call (1,000). */
  readonly size?: number;
  /** Messages sent before the timed ones. */
  readonly warm?: number;
  /** chord: header tasks of a chord before the timed one. */
  readonly first?: number;
  /** A file to write the ids of the timed messages to. */
  readonly ids?: string;
}

/** Counts from outside, the same for every system: no system is asked whether it has finished. */
export interface Ledger {
  /** Milliseconds between two questions: as short as the question is cheap. */
  readonly everyMs: number;
  /** Messages that wait in the queue. */
  waiting(): Promise<number>;
  /** Whether nothing waits or runs any more and `count` tasks have left their result. Cheap. */
  finished(count: number): Promise<boolean>;
  /** Whether the worker has looked at all of `count` tasks that are not due; where that is measured. */
  parked?(count: number): Promise<boolean>;
  /** Every result that is stored, at least of the tasks in the file; where chords are measured. */
  results?(idsFile: string): Promise<unknown[]>;
  /** Reads every result; throws unless tasks 0 to count-1 have each returned their own argument. */
  verify(count: number, idsFile: string): Promise<void>;
}

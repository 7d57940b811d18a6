/** What a worker tells of itself when it is asked for its health. Cheap to make: it is asked every few seconds. */
export interface HealthFacts {
  readonly hostname: string;
  /** 'starting': not connected yet. 'stopping': takes no new tasks. */
  readonly phase: 'starting' | 'running' | 'stopping';
  /** Tasks that run. */
  readonly active: number;
  /** Of the loop that claims messages; undefined while there is none. */
  readonly loop: LoopFacts | undefined;
  /** Of the renewal of leases; undefined while there is none. */
  readonly leases: LeaseFacts | undefined;
}

/** Times are those of `performance.now()`: a clock that is set must not make a worker look dead. */
export interface LoopFacts {
  /**
   * 'messages': for the broker to hand over some; the loop comes back at least every 10 s, with nothing if need be.
   * 'slot': for a running task to end. 'store': for what has ended to be settled.
   */
  readonly waitsFor: 'messages' | 'slot' | 'store';
  readonly sinceMs: number;
}

export interface LeaseFacts {
  /** Deliveries whose leases must be renewed. */
  readonly held: number;
  readonly leaseMs: number;
  /** When a round of renewals ended last, whatever came of it. */
  readonly roundMs: number;
}

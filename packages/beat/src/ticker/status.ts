/** What beat tells of itself. Cheap to make: it is asked every few seconds. */
export interface BeatStatus {
  readonly phase: 'starting' | 'following' | 'leading' | 'stopped';
  readonly leading: boolean;
  /** Of its lease, while it leads: larger with each leader. */
  readonly fence: number | undefined;
  /** In the store, whether they run or not, when it last looked: while it leads, always. */
  readonly entries: number;
  /** Of these, those that this version cannot read. */
  readonly unreadable: number;
  /** While it leads: when something is to be done next. */
  readonly nextDue: Date | undefined;
  /** Runs sent since it was started. */
  readonly sent: number;
  readonly lastTickAt: Date | undefined;
  /** How much later than due the last run was sent, in ms. */
  readonly lastLatenessMs: number | undefined;
  readonly lastError: string | undefined;
  /** For how long the store of periodic tasks has been away, in ms; 0: it is there. */
  readonly storeAwayMs: number;
  /** The same for the broker. */
  readonly brokerAwayMs: number;
  /** Why it should be looked at; empty: it is well. One sentence each. */
  readonly problems: readonly string[];
  readonly healthy: boolean;
}

export interface BeatFacts {
  readonly phase: BeatStatus['phase'];
  readonly storeAwayMs: number;
  readonly brokerAwayMs: number;
  /** Ms since a tick ended, while it leads. */
  readonly tickMs: number | undefined;
  /** Ms since the store answered who leads. */
  readonly leaseMs: number;
}

/** What says nothing for so long hangs: with the next probe it is found within 30 s. */
const STALLED_MS = 25_000;

/** Why a beat is not well. Pure. */
export function problemsOf({ phase, storeAwayMs, brokerAwayMs, tickMs, leaseMs }: BeatFacts): string[] {
  const problems: string[] = [];
  if (phase === 'stopped') return problems;
  if (storeAwayMs > STALLED_MS)
    problems.push(`the store of periodic tasks has been away for ${seconds(storeAwayMs)}`);
  else if (leaseMs > STALLED_MS) problems.push(`it has not asked who leads for ${seconds(leaseMs)}`);
  if (brokerAwayMs > STALLED_MS) problems.push(`the broker has been away for ${seconds(brokerAwayMs)}`);
  if (tickMs !== undefined && tickMs > STALLED_MS && problems.length === 0)
    problems.push(`it leads, and has not looked at what is due for ${seconds(tickMs)}`);
  return problems;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

import type { BrokerTrouble } from './broker-watch.ts';
import type { HealthFacts } from './facts.ts';

/** A loop that says nothing for so long hangs: with the next probe it is found within 30 s. */
const STALLED_MS = 25_000;

/**
 * Why this worker should be restarted; empty: it should not. A broker that is away is no reason: no restart brings it
 * back, and every worker would restart at once.
 */
export function notLive(facts: HealthFacts, broker: BrokerTrouble | undefined, nowMs: number): string[] {
  const { loop, leases, active, phase } = facts;
  const problems: string[] = [];
  const waitedMs = loop ? nowMs - loop.sinceMs : 0;
  if (loop && phase === 'running' && waitedMs > STALLED_MS) {
    const since = `for ${seconds(waitedMs)}`;
    if (loop.waitsFor === 'messages') {
      problems.push(`the consumer hangs: its claim has not come back ${since}`);
    } else if (loop.waitsFor === 'slot' && active === 0) {
      problems.push(`the consumer hangs: it waits for a slot ${since}, but no task runs`);
    } else if (loop.waitsFor === 'store' && broker?.kind !== 'away') {
      problems.push(`the consumer hangs: what has ended has not been settled ${since}`);
    }
  }
  const roundMs = leases ? nowMs - leases.roundMs : 0;
  if (leases && leases.held > 0 && roundMs > Math.max(STALLED_MS, leases.leaseMs)) {
    problems.push(`leases hang: ${leases.held} have not been renewed for ${seconds(roundMs)}`);
  }
  return problems;
}

/** Why this worker takes no tasks now; empty: it does, or would if one of its slots were free. */
export function notReady(facts: HealthFacts, broker: BrokerTrouble | undefined, nowMs: number): string[] {
  const problems = notLive(facts, broker, nowMs);
  if (facts.phase === 'starting') problems.push('starting: it does not consume yet');
  if (facts.phase === 'stopping') problems.push('stopping: it takes no new tasks');
  if (broker && facts.phase === 'running') problems.push(broker.text);
  return problems;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

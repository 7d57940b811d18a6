import assert from 'node:assert/strict';
import type { Revocation, RevocationStore } from '../../src/index.ts';
import type { RemoteDriver } from '../broker/world.ts';
import type { ExamCase, ExamWorld } from '../exam.ts';

/** One store, empty and private to a case. */
export interface RevocationWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<RevocationStore>;
  /** How a real process reaches this world. Where it is given, the crash case kills one with SIGKILL. */
  readonly remote?: RemoteDriver;
  /** Where no process can: the store vanishes as if its process had been killed, without cleaning up. */
  crash?(store: RevocationStore): Promise<void>;
}

/** A case on two stores of one world. */
export function revocationCase(
  name: string,
  body: (a: RevocationStore, b: RevocationStore, world: RevocationWorld) => Promise<void>,
): ExamCase<RevocationWorld> {
  return { name, run: async (world) => body(await world.connect(), await world.connect(), world) };
}

/** No case lasts so long. */
export const LONG_MS = 600_000;

export function ofId(taskId: string, untilMs = Date.now() + LONG_MS): Revocation {
  return { kind: 'id', taskId, untilMs };
}

export function ofStamp(header: string, value: string, untilMs = Date.now() + LONG_MS): Revocation {
  return { kind: 'stamp', header, value, untilMs };
}

/** The ids among them, in their order. */
export function idsOf(revocations: readonly Revocation[]): string[] {
  return revocations.flatMap((each) => (each.kind === 'id' ? [each.taskId] : []));
}

/** When it ends, as the store tells everybody; undefined when it does not know it. */
export async function endOf(store: RevocationStore, taskId: string): Promise<number | undefined> {
  const { revocations } = await store.since();
  const found = revocations.filter((each) => each.kind === 'id' && each.taskId === taskId);
  assert.ok(found.length <= 1, `${taskId} is answered ${found.length} times`);
  return found[0]?.untilMs;
}

import type {
  KeptMessage,
  OutgoingMessage,
  RunClaim,
  ScheduleChange,
  ScheduleStore,
  ScheduleTraits,
  StoredSchedule,
} from '@lovage/contracts';
import { Door } from './door.ts';

/** The schedules that all stores of one hub share. */
export interface ScheduleTable {
  readonly entries: Map<string, StoredSchedule>;
  /** By their turn, and so the oldest first. */
  readonly kept: Map<string, OutgoingMessage>;
  turn: number;
  revision: number;
  /** The largest that has been here. */
  fence: number;
}

export const emptySchedules = (): ScheduleTable => ({
  entries: new Map(),
  kept: new Map(),
  turn: 0,
  revision: 0,
  fence: 0,
});

const TRAITS: ScheduleTraits = { publishes: true, form: 'opaque' };

/** @param publish to the broker of the same hub. Nothing here awaits, so claiming and sending are one step. */
export function memorySchedules(
  table: ScheduleTable,
  publish: (messages: readonly OutgoingMessage[]) => void,
): ScheduleStore {
  const door = new Door('this memory schedule store');
  const { entries, kept } = table;

  function change({ name, definition, enabled, since, replaces }: ScheduleChange): boolean {
    const now = entries.get(name);
    if (replaces !== undefined && replaces !== (now?.version ?? null)) return false;
    table.revision += 1;
    const { lastRun, lastSent, runs } = now ?? { lastRun: undefined, lastSent: undefined, runs: 0 };
    const version = String(table.revision);
    entries.set(name, {
      name,
      definition: definition.slice(),
      enabled,
      since,
      lastRun,
      lastSent,
      runs,
      version,
    });
    return true;
  }

  function claim({ name, previous, occurrence, messages, disable }: RunClaim): boolean {
    const now = entries.get(name);
    if (!now?.enabled || now.lastRun !== previous) return false;
    if (disable) table.revision += 1;
    entries.set(name, {
      ...now,
      lastRun: occurrence,
      lastSent: messages.length > 0 ? occurrence : now.lastSent,
      runs: now.runs + messages.length,
      ...(disable && { enabled: false, version: String(table.revision) }),
    });
    return true;
  }

  function keep(messages: readonly OutgoingMessage[]): void {
    for (const message of messages) {
      table.turn += 1;
      kept.set(String(table.turn), message);
    }
  }

  return {
    traits: TRAITS,

    async list() {
      door.assertOpen();
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async get(name) {
      door.assertOpen();
      return entries.get(name);
    },

    async put(changes) {
      door.assertOpen();
      return changes.map(change);
    },

    async remove(names) {
      door.assertOpen();
      return names.map((name) => {
        const existed = entries.delete(name);
        if (existed) table.revision += 1;
        return existed;
      });
    },

    async claimRuns(claims, { fence, messages: where }) {
      door.assertOpen();
      if (fence < table.fence) return claims.map(() => false);
      // Read before anything is changed: what throws here has claimed nothing.
      const read = claims.map((each) => ({ ...each, messages: each.messages.map(copyOf) }));
      table.fence = fence;
      const answers = read.map(claim);
      const messages = read.flatMap((each, i) => (answers[i] ? each.messages : []));
      if (messages.length > 0) (where === 'publish' ? publish : keep)(messages);
      return answers;
    },

    async kept(limit) {
      door.assertOpen();
      return [...kept].slice(0, Math.max(0, limit)).map(([id, message]): KeptMessage => ({ id, message }));
    },

    async forget(ids) {
      door.assertOpen();
      for (const id of ids) kept.delete(id);
    },

    async revision() {
      door.assertOpen();
      return String(table.revision);
    },

    async close() {
      door.shut();
    },
  };
}

const copyOf = ({ queue, envelope, notBefore }: OutgoingMessage): OutgoingMessage =>
  notBefore === undefined
    ? { queue, envelope: { ...envelope } }
    : { queue, envelope: { ...envelope }, notBefore };

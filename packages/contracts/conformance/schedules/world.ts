import assert from 'node:assert/strict';
import type {
  Broker,
  OutgoingMessage,
  RunClaim,
  ScheduleChange,
  ScheduleDefinition,
  ScheduleStore,
  StoredSchedule,
} from '../../src/index.ts';
import type { RemoteDriver } from '../broker/world.ts';
import { applies, type ExamCase, type ExamWorld } from '../exam.ts';

/** One store, empty and private to a case. */
export interface ScheduleWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<ScheduleStore>;

  /** The broker of the same driver. Needed where `traits.publishes`. */
  broker?(): Promise<Broker>;

  /** How a real process reaches this world. Where it is given, the crash case kills one with SIGKILL. */
  readonly remote?: RemoteDriver;

  /** The `n`th definition, from 0 to 255, another for each, which comes back as it went. Default: bytes that are no text. */
  definition?(n: number): Uint8Array;
}

/** What a case has to work with. */
export interface Exercise {
  readonly store: ScheduleStore;
  /** Another way to the same. */
  readonly other: ScheduleStore;
  readonly world: ScheduleWorld;
  /** A change that puts the `n`th definition there, over whatever there is. */
  entry(name: string, n?: number, more?: Partial<ScheduleChange>): ScheduleChange;
}

export function scheduleCase(
  name: string,
  body: (exercise: Exercise) => Promise<void>,
): ExamCase<ScheduleWorld> {
  return {
    name,
    async run(world) {
      const definition = world.definition ?? ((n: number) => Uint8Array.of(n, 0, 255));
      const entry: Exercise['entry'] = (of, n = 1, more = {}) => ({
        name: of,
        definition: definition(n),
        enabled: true,
        since: SINCE,
        ...more,
      });
      await body({ store: await world.connect(), other: await world.connect(), world, entry });
    },
  };
}

/** A case about what `claimRuns` publishes. */
export function publishingCase(
  name: string,
  body: (exercise: Exercise & { readonly broker: Broker }) => Promise<void>,
): ExamCase<ScheduleWorld> {
  return scheduleCase(name, async (exercise) => {
    applies(exercise.store.traits.publishes, 'it has no broker to publish to');
    assert.ok(exercise.world.broker, 'where traits.publishes, the world must have the broker');
    await body({ ...exercise, broker: await exercise.world.broker() });
  });
}

/** When entries were made. */
export const SINCE = 1_700_000_000_000;
const MINUTE_MS = 60_000;

/** The `n`th due time, from 1; undefined before the first. */
export const due = (n: number): number => SINCE + n * MINUTE_MS;

/** A claim of the `n`th due time by one who has seen the one before. */
export function run(name: string, n: number, more: Partial<RunClaim> = {}): RunClaim {
  return { name, previous: n === 1 ? undefined : due(n - 1), occurrence: due(n), messages: [], ...more };
}

export const KEEP = { fence: 1, messages: 'keep' } as const;
export const PUBLISH = { fence: 1, messages: 'publish' } as const;

export function message(id: string, queue = 'q', more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    queue,
    envelope: {
      id,
      headers: { task: 'tick ☃', retries: 0, nothing: null },
      body: Uint8Array.of(0, 255, 128),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
    },
    ...more,
  };
}

/** As a driver must find it when it reads it, whatever it does with it then. */
export function unsendable(id: string): OutgoingMessage {
  return {
    queue: 'q',
    get envelope(): never {
      throw new RangeError(`${id} cannot be sent`);
    },
  };
}

/** The entry, which must be there. */
export async function found(store: ScheduleStore, name: string): Promise<StoredSchedule> {
  const entry = await store.get(name);
  assert.ok(entry, `${name} should be there`);
  return entry;
}

export const names = (entries: readonly ScheduleDefinition[]): string[] => entries.map(({ name }) => name);

/** More than any case sends. */
const MOST = 100_000;

/** All that is kept, by ids of messages. */
export async function keptIds(store: ScheduleStore): Promise<string[]> {
  return (await store.kept(MOST)).map(({ message: { envelope } }) => envelope.id);
}

/** What stands ready in a queue, by ids of messages. */
export async function readyIds(broker: Broker, queue = 'q'): Promise<string[]> {
  return (await broker.peek(queue, MOST)).map(({ id }) => id);
}

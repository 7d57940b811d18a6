import type {
  ChordArrival,
  ChordMember,
  ChordOpening,
  ChordPart,
  ChordProgress,
  ChordStore,
  ResultRecord,
  ReviewedChord,
} from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { asBuffer } from '../connection/as-buffer.ts';
import type { Connection } from '../connection/connection.ts';
import type { ResultKeys } from './keys.ts';
import { ARRIVE, DEFAULT_TTL_MS, DROP, DUE, GROW, OPEN, REVIEW } from './lua/chord.ts';
import { storeArguments } from './store-arguments.ts';

const REPEATABLE = { repeatable: true } as const;

/**
 * Chords in the keys of Celery's Redis backend, so that a header may run partly here and partly in Python,
 * and either may complete it.
 */
export class RedisChords implements ChordStore {
  readonly #connection: Connection;
  readonly #keys: ResultKeys;

  constructor(connection: Connection, keys: ResultKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async open({ id, members, plan, ttlMs }: ChordOpening): Promise<void> {
    const { size, own } = this.#keys.chord(id);
    const ttl = String(Math.ceil(ttlMs));
    const args = [id, String(members.length), ttl, JSON.stringify(members), asBuffer(plan)];
    await OPEN.run(this.#connection, [size, own, this.#keys.chords], args, REPEATABLE);
  }

  async grow(chordId: string, { taskId, index }: ChordMember): Promise<void> {
    const { growth, own } = this.#keys.chord(chordId);
    await GROW.run(this.#connection, [growth, own], [taskId, String(index)], REPEATABLE);
  }

  async arrive(arrivals: readonly ChordArrival[]): Promise<readonly ChordProgress[]> {
    const progress: ChordProgress[] = arrivals.map(() => ({ complete: false }));
    const places = Map.groupBy(arrivals.keys(), (place) => arrivals[place]!.chordId);
    await Promise.all(
      [...places].map(async ([chordId, mine]) => {
        for (const some of inParts(mine)) {
          const last = await this.#count(
            chordId,
            some.map((place) => arrivals[place]!),
          );
          if (last) progress[some[last.at]!] = { complete: true, parts: last.parts };
        }
      }),
    );
    return progress;
  }

  /** Counts arrivals of one chord. Answers all parts when one of these completes it, and which. */
  async #count(
    chordId: string,
    arrivals: readonly ChordArrival[],
  ): Promise<{ readonly at: number; readonly parts: readonly ChordPart[] } | undefined> {
    const { parts, growth, size, own } = this.#keys.chord(chordId);
    const records = arrivals.flatMap((each) => each.records ?? []);
    const reply = await ARRIVE.run(
      this.#connection,
      [parts, growth, size, own, ...records.map(({ taskId }) => this.#keys.task(taskId))],
      [
        String(arrivals.length),
        String(ttlOf(records)),
        ...arrivals.flatMap(partArguments),
        ...storeArguments(records),
      ],
      { ...REPEATABLE, buffers: true },
    );
    if (reply === null) return undefined;
    const [at, all] = reply as readonly [number, readonly Buffer[]];
    return { at, parts: readParts(all, chordId) };
  }

  async drop(chordId: string): Promise<void> {
    const { parts, growth, size, own } = this.#keys.chord(chordId);
    await DROP.run(this.#connection, [parts, growth, size, own, this.#keys.chords], [chordId], REPEATABLE);
  }

  async review(afterMs: number, limit: number): Promise<readonly ReviewedChord[]> {
    const after = String(Math.ceil(afterMs));
    const due = await DUE.run(this.#connection, [this.#keys.chords], [after, String(limit)]);
    const reviewed = await Promise.all((due as readonly string[]).map((id) => this.#review(id, after)));
    return reviewed.filter((chord) => chord !== undefined);
  }

  async #review(id: string, after: string): Promise<ReviewedChord | undefined> {
    const { parts, growth, size, own } = this.#keys.chord(id);
    const keys = [parts, growth, size, own, this.#keys.chords];
    const reply = await REVIEW.run(this.#connection, keys, [id, after], { ...REPEATABLE, buffers: true });
    return reply === null ? undefined : readReviewed(id, reply as readonly Buffer[]);
  }
}

/** A part that nobody waits for, of a chord that is over, is kept no longer than its result. */
const ttlOf = (records: readonly ResultRecord[]): number =>
  Math.ceil(Math.max(...records.map(({ ttlMs }) => ttlMs ?? DEFAULT_TTL_MS), 0)) || DEFAULT_TTL_MS;

/** Most arrivals in one script: a long one would keep everybody waiting. */
const AT_ONCE = 500;

function inParts(places: readonly number[]): number[][] {
  const parts: number[][] = [];
  for (let at = 0; at < places.length; at += AT_ONCE) parts.push(places.slice(at, at + AT_ONCE));
  return parts;
}

function partArguments({ part, held }: ChordArrival): string[] {
  const beginning = `[1, ${JSON.stringify(part.taskId)},`;
  const text = `${beginning} ${JSON.stringify(part.state)}, ${asBuffer(part.payload).toString('utf8')}]`;
  return [part.taskId, String(part.index), text, String(Buffer.byteLength(beginning)), held ? '1' : '0'];
}

function readReviewed(id: string, reply: readonly unknown[]): ReviewedChord {
  const [plan, members, grown, arrived, last, index] = reply as readonly [
    Buffer,
    Buffer,
    Buffer,
    readonly Buffer[],
    Buffer,
    Buffer,
  ];
  const known = new Set(arrived.map(String));
  const all = [
    ...(JSON.parse(String(members)) as readonly string[]).map((taskId, at) => ({ taskId, index: at })),
    ...readGrown(String(grown)),
  ];
  const missing = all.filter(({ taskId }) => !known.has(taskId));
  return {
    id,
    plan,
    missing,
    ...(last.length > 0 ? { last: readPart(String(last), Number(index), id) } : {}),
  };
}

/** Lines of `index task-id`. */
const readGrown = (grown: string): readonly ChordMember[] =>
  grown
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [index = ''] = line.split(' ', 1);
      return { taskId: line.slice(index.length + 1), index: Number(index) };
    });

function readParts(reply: readonly Buffer[], chordId: string): readonly ChordPart[] {
  const parts: ChordPart[] = [];
  for (let at = 0; at < reply.length; at += 2) {
    parts.push(readPart(String(reply[at]), Number(reply[at + 1]), chordId));
  }
  return parts;
}

/** `[1, task id, state, result]`; the result is left as it is written. */
const PART = /^\[\s*1\s*,\s*("(?:[^"\\]|\\.)*")\s*,\s*("(?:[^"\\]|\\.)*")\s*,\s*([\s\S]*)\]\s*$/;

function readPart(text: string, index: number, chordId: string): ChordPart {
  const match = PART.exec(text);
  if (!match)
    throw new DriverError('corrupt', `chord ${chordId}: a part that is not Celery's: ${text.slice(0, 200)}`);
  const [, taskId, state, payload] = match as unknown as [string, string, string, string];
  return {
    taskId: JSON.parse(taskId),
    state: JSON.parse(state),
    index,
    payload: Buffer.from(payload.trimEnd()),
  };
}

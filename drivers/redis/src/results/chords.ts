import { type ChordPart, type ChordProgress, type ChordStore, DriverError } from '@lovage/contracts';
import type { Connection } from '../connection/connection.ts';
import type { ResultKeys } from './keys.ts';
import { ARRIVE, GROW, OPEN } from './lua/chord.ts';

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

  async open(chordId: string, size: number, ttlMs: number): Promise<void> {
    const keys = this.#keys.chord(chordId);
    await OPEN.run(
      this.#connection,
      [keys.size, keys.own],
      [String(size), String(Math.ceil(ttlMs))],
      REPEATABLE,
    );
  }

  /** Not repeated when its answer is lost: a chord that grew twice would never complete. */
  async grow(chordId: string, by: number): Promise<void> {
    const keys = this.#keys.chord(chordId);
    await GROW.run(this.#connection, [keys.growth, keys.own], [String(by)]);
  }

  async arrive(chordId: string, part: ChordPart): Promise<ChordProgress> {
    const { parts, growth, size, own } = this.#keys.chord(chordId);
    const beginning = `[1, ${JSON.stringify(part.taskId)},`;
    const text = `${beginning} ${JSON.stringify(part.state)}, ${Buffer.from(part.payload).toString('utf8')}]`;
    const args = [part.taskId, String(part.index), text, beginning];
    const options = { ...REPEATABLE, buffers: true };
    const all = await ARRIVE.run(this.#connection, [parts, growth, size, own], args, options);
    if (all === null) return { complete: false };
    return { complete: true, parts: readParts(all as readonly Buffer[], chordId) };
  }

  async drop(chordId: string): Promise<void> {
    const { parts, growth, size, own } = this.#keys.chord(chordId);
    await this.#connection.send(['DEL', parts, growth, size, own], REPEATABLE);
  }
}

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

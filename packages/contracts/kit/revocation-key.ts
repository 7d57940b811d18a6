import { DriverError, REVOCATION_TEXT_MAX, type Revocation } from '../src/index.ts';

/** A revocation as a store keeps it: two of one key are the same, but for when they end. */
export interface StoredRevocation {
  readonly key: string;
  /** Whole epoch ms. */
  readonly untilMs: number;
}

/**
 * The row of a revocation: `["id"]` or `["header","value"]` as JSON.
 * @throws DriverError 'refused' when a text is empty or too long, or `untilMs` no time
 */
export function storedRevocation(revocation: Revocation): StoredRevocation {
  const { untilMs } = revocation;
  if (!Number.isFinite(untilMs)) throw refused(`it ends at ${untilMs}, which is no time in epoch ms`);
  const texts = revocation.kind === 'id' ? [revocation.taskId] : [revocation.header, revocation.value];
  const wrong = texts.find((text) => text.length === 0 || text.length > REVOCATION_TEXT_MAX);
  if (wrong !== undefined) {
    throw refused(`its texts must have 1 to ${REVOCATION_TEXT_MAX} characters, not ${wrong.length}`);
  }
  // The largest that every store can count with; no clock comes near.
  return { key: JSON.stringify(texts), untilMs: Math.min(Math.ceil(untilMs), Number.MAX_SAFE_INTEGER) };
}

/** @throws DriverError 'corrupt' for a key that `storedRevocation` did not write */
export function readStoredRevocation({ key, untilMs }: StoredRevocation): Revocation {
  const texts = readTexts(key);
  const [first = '', value] = texts;
  if (texts.length === 1) return { kind: 'id', taskId: first, untilMs };
  if (texts.length === 2 && value !== undefined) return { kind: 'stamp', header: first, value, untilMs };
  throw new DriverError('corrupt', `the store of revocations has an entry that cannot be read: ${key}`);
}

function readTexts(key: string): readonly string[] {
  try {
    const texts: unknown = JSON.parse(key);
    return Array.isArray(texts) && texts.every((text) => typeof text === 'string') ? texts : [];
  } catch {
    return [];
  }
}

function refused(why: string): DriverError {
  return new DriverError('refused', `a revocation cannot be kept: ${why}`);
}

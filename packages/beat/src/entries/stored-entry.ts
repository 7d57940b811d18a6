import { DecodeError } from '@lovage/contracts';
import { json } from '@lovage/protocol';
import type { Entry } from './entry.ts';
import { isPlainObject } from './plain.ts';
import { InvalidEntry, readEntry } from './read-entry.ts';

/** Written beside what is stored, so that a later form can be told from this one. */
const FORM = 1;

/**
 * What a store keeps of an entry: JSON, with dates and bytes among the arguments as kombu types them. The name is kept
 * beside it, and so is whether it is enabled, which changes at run time.
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const { name: _, enabled: __, schedule, startTime, expires, ...rest } = entry;
  return json.encode({
    form: FORM,
    ...rest,
    schedule: schedule.toJSON(),
    ...(startTime ? { startTime: startTime.toISOString() } : {}),
    ...(expires ? { expires: expires.toISOString() } : {}),
  });
}

/**
 * The entry that was stored.
 * @throws DecodeError for what no version up to this one has written: it names the entry and what is wrong
 */
export function decodeEntry(name: string, definition: Uint8Array, enabled: boolean): Entry {
  const stored = json.decode(definition);
  const { form, ...given } = isPlainObject(stored) ? stored : {};
  if (form !== FORM)
    throw new DecodeError(
      `entry '${name}' is stored in form ${JSON.stringify(form)}; this version reads ${FORM}`,
    );
  try {
    return readEntry(name, { ...given, enabled });
  } catch (error) {
    if (!(error instanceof InvalidEntry)) throw error;
    throw new DecodeError(error.message, { cause: error });
  }
}

import { DecodeError } from '@lovage/contracts';
import { json } from '@lovage/protocol';
import type { Entry } from './entry.ts';
import type { Provenance, StoredEntry } from './forms.ts';
import { isPlainObject } from './plain.ts';
import { InvalidEntry, readEntry } from './read-entry.ts';

/** Written beside what is stored, so that a later form can be told from this one. */
const FORM = 1;

/**
 * What a store keeps of an entry: JSON, with dates and bytes among the arguments as kombu types them. The name is kept
 * beside it, and so is whether it is enabled, which changes at run time.
 */
export function encodeEntry(entry: Entry, provenance: Partial<Provenance> = {}): Uint8Array {
  const { name: _, enabled: __, schedule, startTime, expires, ...rest } = entry;
  return json.encode({
    form: FORM,
    ...rest,
    schedule: schedule.toJSON(),
    ...(startTime ? { startTime: startTime.toISOString() } : {}),
    ...(expires ? { expires: expires.toISOString() } : {}),
    ...provenanceOf({ ...provenance }),
  });
}

/**
 * The entry that was stored.
 * @throws DecodeError for what no version up to this one has written: it names the entry and what is wrong
 */
export function decodeEntry(name: string, definition: Uint8Array, enabled: boolean): Entry {
  return decodeStored(name, definition, enabled).entry;
}

/** The same, and where it comes from. */
export function decodeStored(name: string, definition: Uint8Array, enabled: boolean): StoredEntry {
  const stored = parsed(name, definition);
  const { form, origin, app, key, digest, enabledInCode, vanished, ...given } = isPlainObject(stored)
    ? stored
    : {};
  if (form !== FORM)
    throw new DecodeError(
      `entry '${name}' is stored in form ${JSON.stringify(form)}; this version reads ${FORM}`,
    );
  try {
    const entry = readEntry(name, { ...given, enabled });
    return { entry, ...provenanceOf({ origin, app, key, digest, enabledInCode, vanished }) };
  } catch (error) {
    if (!(error instanceof InvalidEntry)) throw error;
    throw new DecodeError(error.message, { cause: error });
  }
}

function parsed(name: string, definition: Uint8Array): unknown {
  try {
    return json.decode(definition);
  } catch (error) {
    throw new DecodeError(`entry '${name}' cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** What says nothing is left out. */
function provenanceOf(given: Readonly<Record<keyof Provenance, unknown>> | Partial<Provenance>): Provenance {
  const { origin, app, key, digest, enabledInCode, vanished } = given;
  return {
    origin: origin === 'code' ? 'code' : 'runtime',
    ...(typeof app === 'string' ? { app } : {}),
    ...(typeof key === 'string' && key !== '' ? { key } : {}),
    ...(typeof digest === 'string' ? { digest } : {}),
    ...(typeof enabledInCode === 'boolean' ? { enabledInCode } : {}),
    ...(vanished === true ? { vanished } : {}),
  };
}

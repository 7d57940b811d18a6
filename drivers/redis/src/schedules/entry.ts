import { DriverError, type KeptMessage, type ScheduleChange, type StoredSchedule } from '@lovage/contracts';
import { readEnvelope } from '@lovage/protocol';

/** As `lua.ts` writes it: enabled, version, since, last run, last sent, runs, definition, name. */
const ENTRY = /^([01]) (\d+) (-?\d+) (-|-?\d+) (-|-?\d+) (\d+) ([\w+/=]*) ([\s\S]*)$/;

/** @throws DriverError 'corrupt' */
export function readEntry(text: string, key: string): StoredSchedule {
  const match = ENTRY.exec(text);
  if (!match) {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw new DriverError(
      'corrupt',
      `the hash ${key} holds what is no schedule of ours: ${JSON.stringify(shown)}`,
    );
  }
  const [, enabled, version, since, lastRun, lastSent, runs, definition, name] = match;
  return {
    name: name!,
    definition: new Uint8Array(Buffer.from(definition!, 'base64')),
    enabled: enabled === '1',
    since: Number(since),
    version: version!,
    lastRun: lastRun === '-' ? undefined : Number(lastRun),
    lastSent: lastSent === '-' ? undefined : Number(lastSent),
    runs: Number(runs),
  };
}

/** A change as the script takes it. */
export function changeArguments({ name, definition, enabled, since, replaces }: ScheduleChange): string[] {
  const { buffer, byteOffset, byteLength } = definition;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  const over = replaces === undefined ? '*' : (replaces ?? '-');
  return [name, over, enabled ? '1' : '0', String(since), `${base64} ${name}`];
}

/** An entry of the outbox: its id, then queue, due time, envelope and body, each behind its name. */
export type KeptEntry = readonly [id: Buffer, fields: readonly Buffer[]];

/** @throws DriverError 'corrupt' */
export function readKept([raw, fields]: KeptEntry, key: string): KeptMessage {
  const id = raw.toString();
  const [, queue, , due, , text, , body] = fields;
  const stored =
    text && body ? readEnvelope(text.toString(), new Uint8Array(body)) : { fault: 'fields are missing' };
  if (!queue || !due || 'fault' in stored) {
    const fault = 'fault' in stored ? stored.fault : 'fields are missing';
    throw new DriverError('corrupt', `${id} in the stream ${key}: ${fault}: delete it (XDEL)`);
  }
  const { envelope } = stored;
  const message = { queue: queue.toString(), envelope };
  return { id, message: due.length > 0 ? { ...message, notBefore: Number(due.toString()) } : message };
}

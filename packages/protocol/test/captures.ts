import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseJson } from '@lovage/protocol';

const FOLDER = new URL('../../../interop/captures/', import.meta.url);

/** The Celery that a capture is of. */
export type Version = '5.2.6' | '5.6.3';
export const VERSIONS: readonly Version[] = ['5.2.6', '5.6.3'];

export interface Capture {
  readonly name: string;
  readonly version: Version;
  readonly decoded_bodies?: Readonly<Record<string, readonly string[]>>;
  readonly raw: unknown;
}

export function capture(name: string, version: Version): Capture {
  const text = readFileSync(new URL(`${name}.json`, folderOf(version)), 'utf8');
  // Python wrote it: a setting of Celery's is infinite.
  return { ...(parseJson(text) as Omit<Capture, 'name' | 'version'>), name, version };
}

/** Every capture of a version whose name begins with one of the prefixes. */
export function captures(version: Version, ...prefixes: readonly string[]): Capture[] {
  return readdirSync(folderOf(version))
    .filter((file) => file.endsWith('.json') && prefixes.some((prefix) => file.startsWith(prefix)))
    .map((file) => capture(basename(file, '.json'), version));
}

/** The texts of messages in a queue's list, newest first. */
export function queued(capture: Capture, queue = 'celery'): string[] {
  const { broker_db0: db } = capture.raw as { broker_db0: Record<string, { value: string[] }> };
  return db[queue]?.value ?? [];
}

/** Every text of a kombu message in a capture, wherever it stands. */
export function kombuTexts(capture: Capture): string[] {
  return strings(capture.raw).filter((text) => text.startsWith('{"body": '));
}

/** Every document that a capture stored as a task's result. */
export function metaTexts(capture: Capture): string[] {
  return strings(capture.raw).filter((text) => text.startsWith('{"status": '));
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

function folderOf(version: Version): URL {
  return version === '5.2.6' ? FOLDER : new URL('v5.6.3/', FOLDER);
}

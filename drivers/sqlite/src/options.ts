import { DriverError, type DriverOptions } from '@lovage/contracts';
import { nearest } from '@lovage/contracts/kit';

/** What a URL's query and the transport options may set. */
export interface SqliteOptions {
  /**
   * 'normal' (the default): a killed process loses nothing, a power cut may lose the commits of the last moments,
   * never the file. 'full': each commit waits for the disk.
   */
  readonly synchronous: 'normal' | 'full';
  /**
   * Look for other processes' commits this often, in ms, instead of being told by the file system.
   * `polling_interval`, in seconds, as in kombu.
   */
  readonly pollMs: number | undefined;
  /** How long a call waits for another process to let go of the file before it rejects with 'unavailable'. */
  readonly timeoutMs: number;
  readonly log: NonNullable<DriverOptions['log']>;
}

const NAMES = ['synchronous', 'polling_interval'] as const;
type Name = (typeof NAMES)[number];

/** Transport options first, the URL's query over them. Throws DriverError 'refused' at anything unknown. */
export function readOptions(url: string, given: DriverOptions): SqliteOptions {
  const settings = new Map<Name, unknown>();
  for (const [name, value] of Object.entries(given.transport ?? {})) settings.set(known(name), value);
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1).replace(/#.*$/, '') : '';
  for (const [name, value] of new URLSearchParams(query)) settings.set(known(name), value);
  return {
    synchronous: synchronous(settings.get('synchronous')),
    pollMs: pollMs(settings.get('polling_interval')),
    timeoutMs: given.timeoutMs ?? 4000,
    log: given.log ?? (() => {}),
  };
}

function synchronous(value: unknown): 'normal' | 'full' {
  const text = value === undefined ? 'normal' : String(value).toLowerCase();
  if (text === 'normal' || text === 'full') return text;
  throw new DriverError(
    'refused',
    `sqlite option synchronous is ${String(value)}: it must be normal or full`,
  );
}

function pollMs(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const seconds = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (seconds >= 0.001 && seconds <= 60) return seconds * 1000;
  throw new DriverError(
    'refused',
    `sqlite option polling_interval is ${String(value)}: it must be 0.001 to 60 seconds`,
  );
}

function known(name: string): Name {
  const found = NAMES.find((each) => each === name);
  if (found) return found;
  const near = nearest(name, NAMES);
  throw new DriverError(
    'refused',
    `sqlite has no option ${name}.${near === undefined ? '' : ` Did you mean ${near}?`} It knows ${NAMES.join(' and ')}.`,
  );
}

import { maskUrls } from '@lovage/app';
import { type EventDocument, numberRepr, saferepr } from '@lovage/protocol';
import { plainLine } from '../output/plain.ts';

/** Celery remembers so many calls, to name them in events that carry an id only. */
const REMEMBERED = 4095;

const SHORT_TYPES: Readonly<Record<string, string>> = {
  'worker-online': 'started',
  'worker-heartbeat': 'heartbeat',
  'worker-offline': 'shutdown',
};

/**
 * Events as lines of `celery events --dump`: who, when (UTC), what, and the other fields by name. Two things differ:
 * an event is one line always, so that a traceback cannot forge others; and a task whose call was not seen shows its id.
 */
export class DumpLines {
  readonly #calls = new Map<string, string>();

  lineOf(event: EventDocument): string {
    const { timestamp, type, hostname, ...rest } = event;
    const kind = type.toLowerCase();
    const { task, fields } = kind.startsWith('task-')
      ? this.#split(kind, rest)
      : { task: undefined, fields: rest };
    const shown = Object.keys(fields)
      .sort()
      .map((name) => `${name}=${text(fields[name])}`)
      .join(', ');
    const what = SHORT_TYPES[kind] ?? kind.replaceAll('-', ' ');
    const sep = shown === '' ? '' : ':';
    const call = task === undefined ? '' : ` ${task}`;
    return plainLine(maskUrls(`${hostname} [${utc(timestamp)}] ${what}${sep}${call} ${shown}`));
  }

  /** The call that an event of a task is about, and the fields that do not say it. */
  #split(kind: string, fields: Fields): { task: string; fields: Fields } {
    const { uuid, ...rest } = fields;
    const id = text(uuid);
    if (kind !== 'task-received' && kind !== 'task-sent') {
      return { task: this.#calls.get(id) ?? `(${id})`, fields: rest };
    }
    const { name, args, kwargs, ...others } = rest;
    const task = `${text(name)}(${id}) args=${text(args)} kwargs=${text(kwargs)}`;
    this.#remember(id, task);
    return { task, fields: others };
  }

  #remember(id: string, task: string): void {
    this.#calls.delete(id);
    this.#calls.set(id, task);
    if (this.#calls.size <= REMEMBERED) return;
    for (const oldest of this.#calls.keys()) {
      this.#calls.delete(oldest);
      return;
    }
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** As Python's `str`. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberRepr(value) : saferepr(value);
}

/** `2026-11-21 14:22:03.727363`, as Python shows a moment in UTC. */
export function utc(epochS: number): string {
  const whole = Math.floor(epochS);
  const micros = Math.round((epochS - whole) * 1e6);
  // 0.9999999 s is the next second.
  const [seconds, fraction] = micros === 1e6 ? [whole + 1, 0] : [whole, micros];
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(epochS);
  const [day, time = ''] = date.toISOString().split('T');
  return `${day} ${time.slice(0, 8)}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}`;
}

import type { Revocation } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { LimitedSet } from './limited-set.ts';
import type { RevokedLimits } from './limits.ts';

/** What of a message's headers can be revoked. */
export type RevocableHeaders = Pick<TaskHeaders, 'id' | 'stampedHeaders' | 'stamps'>;

/** A revocation as remote control brings it: without an end. */
export type RevokedTasks = WithoutEnd<Revocation>;
type WithoutEnd<T> = T extends Revocation ? Omit<T, 'untilMs'> : never;

/** The tasks that must not run, by id and by stamps, as one worker knows them. */
export class Revoked {
  readonly #ids: LimitedSet;
  readonly #stamps: LimitedSet;
  #changes = 0;

  constructor({ max }: Pick<RevokedLimits, 'max'>) {
    this.#ids = new LimitedSet(max);
    this.#stamps = new LimitedSet(max);
  }

  /** Grows whenever something is added that was not here, or not for so long. */
  get changes(): number {
    return this.#changes;
  }

  add(revocations: readonly Revocation[], nowMs: number): void {
    for (const each of revocations) {
      const added =
        each.kind === 'id'
          ? this.#ids.add(each.taskId, each.untilMs, nowMs)
          : this.#stamps.add(stampKey(each.header, each.value), each.untilMs, nowMs);
      if (added) this.#changes += 1;
    }
  }

  /** Asked for every message: where nothing is revoked it costs next to nothing. */
  has(headers: RevocableHeaders, nowMs: number): boolean {
    if (this.#ids.size > 0 && this.#ids.has(headers.id, nowMs)) return true;
    return this.#stamps.size > 0 && this.stamp(headers, nowMs) !== undefined;
  }

  /** The first stamp by which a message is revoked: `{ header: what the message has there }`, as Celery logs it. */
  stamp({ stampedHeaders, stamps }: RevocableHeaders, nowMs: number): Record<string, unknown> | undefined {
    for (const header of stampedHeaders ?? []) {
      const stamped = Object.hasOwn(stamps, header) ? stamps[header] : undefined;
      const values = Array.isArray(stamped) ? stamped : [stamped];
      const hit = values.some(
        (value) => value !== undefined && this.#stamps.has(stampKey(header, stampText(value)), nowMs),
      );
      if (hit) return { [header]: stamped };
    }
    return undefined;
  }

  ids(nowMs: number): readonly string[] {
    return Array.from(this.#ids.entries(nowMs), ([taskId]) => taskId);
  }

  /** All of them: the ids, then the stamps, the oldest first. */
  all(nowMs: number): readonly Revocation[] {
    const ids = Array.from(this.#ids.entries(nowMs), ([taskId, untilMs]): Revocation => {
      return { kind: 'id', taskId, untilMs };
    });
    const stamps = Array.from(this.#stamps.entries(nowMs), ([key, untilMs]): Revocation => {
      const [header, value] = JSON.parse(key) as [string, string];
      return { kind: 'stamp', header, value, untilMs };
    });
    return [...ids, ...stamps];
  }
}

/** The text that stands for a stamp's value in a `Revocation`: a text as it is, anything else as JSON. */
export function stampText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function stampKey(header: string, value: string): string {
  return JSON.stringify([header, value]);
}

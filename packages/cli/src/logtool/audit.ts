import type { LogEntry } from './entries.ts';
import type { Ending, TaskLine } from './task-line.ts';

/** What became of the tasks of one name. */
export interface TaskCounts {
  received: number;
  readonly ended: Record<Ending, number>;
  /** Seconds of those that succeeded. */
  runtime: { total: number; longest: number };
}

/** A task that was received and has not ended. */
export interface OpenTask {
  readonly id: string;
  readonly name: string;
  readonly since: string;
}

/**
 * Counts tasks as a log tells of them. It remembers those that have not ended, and no others, so that a log may be of
 * any length.
 */
export class Audit {
  readonly byName = new Map<string, TaskCounts>();
  readonly #open = new Map<string, OpenTask>();

  add(line: TaskLine, { time }: LogEntry): void {
    if (line.kind === 'received') {
      this.#counts(line.name).received += 1;
      this.#open.set(line.id, { id: line.id, name: line.name, since: time });
      return;
    }
    const name = line.name ?? this.#open.get(line.id)?.name;
    this.#open.delete(line.id);
    if (name === undefined) return;
    const counts = this.#counts(name);
    counts.ended[line.kind] += 1;
    if (line.runtime !== undefined) {
      counts.runtime.total += line.runtime;
      counts.runtime.longest = Math.max(counts.runtime.longest, line.runtime);
    }
  }

  /** Received, and not ended as far as the log goes; the oldest first. */
  get incomplete(): readonly OpenTask[] {
    return [...this.#open.values()];
  }

  #counts(name: string): TaskCounts {
    const known = this.byName.get(name);
    if (known) return known;
    const fresh: TaskCounts = {
      received: 0,
      ended: { succeeded: 0, failed: 0, retried: 0, ignored: 0, rejected: 0, revoked: 0 },
      runtime: { total: 0, longest: 0 },
    };
    this.byName.set(name, fresh);
    return fresh;
  }
}

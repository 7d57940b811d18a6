/** The names of result keys, which Python reads. */
export class ResultKeys {
  readonly #prefix: string;

  /** @param prefix `global_keyprefix` as the user wrote it; Celery adds '_' unless it ends in a separator */
  constructor(prefix: string) {
    this.#prefix = prefix === '' || /[:_.-]$/.test(prefix) ? prefix : `${prefix}_`;
  }

  /** The document of a task. Its changes are published on a channel of the same name. */
  task(taskId: string): string {
    return `${this.#prefix}celery-task-meta-${taskId}`;
  }

  taskId(key: string): string {
    return key.slice(this.task('').length);
  }

  /** Which results belong to a group that was saved. */
  group(groupId: string): string {
    return `${this.#prefix}celery-taskset-meta-${groupId}`;
  }

  chord(chordId: string): ChordKeys {
    const stem = this.group(chordId);
    const own = `${this.#prefix}lovage:chord:${chordId}`;
    return { size: `${stem}.s`, growth: `${stem}.t`, parts: `${stem}.j`, own };
  }

  /** A sorted set of the chords that are under way, by when they were last reviewed, in epoch ms. */
  get chords(): string {
    return `${this.#prefix}lovage:chords`;
  }
}

export interface ChordKeys {
  /** How many parts there are. */
  readonly size: string;
  /** How many more there are than that. */
  readonly growth: string;
  /** A sorted set of the parts by index. */
  readonly parts: string;
  /**
   * A hash of what only Lovage keeps: `ttl`, in ms; `members`, their task ids; `grown`, those that were added; `plan`;
   * and of the part that completed it `winner`, the task, `won`, when, and `held`, whether the broker has its message.
   */
  readonly own: string;
}

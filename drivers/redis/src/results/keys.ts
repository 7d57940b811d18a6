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

  chord(chordId: string): ChordKeys {
    const stem = `${this.#prefix}celery-taskset-meta-${chordId}`;
    const own = `${this.#prefix}lovage:chord:${chordId}`;
    return { size: `${stem}.s`, growth: `${stem}.t`, parts: `${stem}.j`, own };
  }
}

export interface ChordKeys {
  /** How many parts there are. */
  readonly size: string;
  /** How many more there are than that. */
  readonly growth: string;
  /** A sorted set of the parts by index. */
  readonly parts: string;
  /** A hash of what only Lovage keeps: `winner`, the task that completed the chord, and `ttl`, in ms. */
  readonly own: string;
}

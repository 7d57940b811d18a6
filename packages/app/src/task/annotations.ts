/** Task options by task name, `*` being every task: they override what the task says itself. */
export type Annotations = Readonly<Record<string, Readonly<Record<string, unknown>>>> | null;

/** Annotations as they may be given: one object, or a list of which later ones win. */
export type AnnotationsInput = NonNullable<Annotations> | readonly NonNullable<Annotations>[];

/** Celery's task_annotations: an object, or a list of objects of which later ones win. */
export function readAnnotations(value: unknown): NonNullable<Annotations> {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const merged: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const item of list) {
    if (!isRecord(item)) throw new Error("must be an object such as { 'shop.pay': { maxRetries: 5 } }");
    for (const [task, options] of Object.entries(item)) {
      if (!isRecord(options)) throw new Error(`must give ${task} an object of task options`);
      merged[task] = { ...merged[task], ...options };
    }
  }
  return merged;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

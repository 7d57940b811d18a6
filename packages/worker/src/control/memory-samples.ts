/** Kept for `memdump`; beyond it the oldest go. */
const MAX_SAMPLES = 1000;

const UNITS = [
  ['GB', 2 ** 30],
  ['MB', 2 ** 20],
  ['KB', 2 ** 10],
] as const;

/** What `memsample` has seen since the last `memdump`. */
export class MemorySamples {
  #samples: string[] = [];

  add(bytes: number): string {
    const text = humanBytes(bytes);
    this.#samples.push(text);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
    return text;
  }

  /** At most so many, evenly spread, and none of them again. */
  take(most: number): readonly string[] {
    const all = this.#samples;
    this.#samples = [];
    if (all.length <= most) return all;
    const step = Math.floor(all.length / most);
    return Array.from({ length: most }, (_, index) => all[index * step]!);
  }
}

/** As Celery shows it, with five digits: '52.297MB'. */
export function humanBytes(bytes: number): string {
  const [unit, size] = UNITS.find(([, least]) => bytes >= least) ?? ['B', 1];
  const amount = bytes / size;
  return `${Number(amount.toPrecision(5))}${unit}`;
}

/** Keeps so many entries: those used last. */
export class LruMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #max: number;
  readonly #onEvict: (value: Value) => void;
  #newest: string | undefined;

  constructor(max: number, onEvict: (value: Value) => void = () => {}) {
    this.#max = max;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A look, which does not count as use. */
  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  /** The entry, made where there is none, which is now the newest. */
  use(key: string, make: () => Value): Value {
    const known = this.#entries.get(key);
    if (known !== undefined && this.#newest === key) return known;
    const value = known ?? make();
    if (known === undefined) this.#makeRoom();
    else this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#newest = key;
    return value;
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    if (this.#newest === key) this.#newest = undefined;
    this.#onEvict(value);
  }

  /** Newest first. What happens to the entries afterwards does not change it. */
  newestFirst(): readonly Value[] {
    return [...this.#entries.values()].reverse();
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#max) return;
    const [oldest] = this.#entries.keys();
    this.delete(oldest!);
  }
}

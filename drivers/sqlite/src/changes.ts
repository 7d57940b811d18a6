import { type FSWatcher, watch } from 'node:fs';

/** What a commit may have changed for somebody who waits. */
export type Topic = 'messages' | 'results' | 'bus';

/** Behind the watch stands a look this often, in ms, for file systems that announce nothing. */
const SLOW_MS = 250;
/** How often to look, in ms, where the watch has proved deaf. About 1 % of a core. */
const FAST_MS = 8;
/** An announced write may be visible only a little later: look again after 1, 2, 4 … up to this many ms. */
const LAST_LOOK_MS = 64;
/** Changes that only the slow look found, in a row, before the watch counts as deaf. */
const DEAF_AFTER = 3;

export interface ChangeSource {
  /** The file that every commit writes to: the write-ahead log. */
  readonly walPath: string;
  /** A number that differs after another connection has committed. Throws while the file cannot be read. */
  version(): number;
  /** Look this often, in ms, instead of watching. */
  readonly pollMs: number | undefined;
  log(message: string): void;
}

/**
 * Tells whoever waits that the file was committed to.
 *
 * Commits of this connection are told by `touched`. Those of other processes announce themselves as writes to
 * the write-ahead log (inotify, kqueue), each confirmed by `pragma data_version`. While we hold a connection
 * nobody can remove that log, so one watch lasts; should somebody replace it all the same, the watch is renewed.
 * A slow look stands behind, and where it keeps finding what the watch did not announce (network file systems),
 * it takes over and becomes fast.
 *
 * Nothing runs while nobody listens.
 */
export class Changes {
  readonly #source: ChangeSource;
  readonly #listeners = new Map<() => void, Topic>();
  #watcher: FSWatcher | undefined;
  #interval: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #version = 0;
  #unannounced = 0;
  #deaf = false;

  constructor(source: ChangeSource) {
    this.#source = source;
  }

  /** Calls back after commits that may concern `topic`, others' or our own. Returns how to stop. */
  on(topic: Topic, listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.set(own, topic);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.stop();
    };
  }

  /** This connection has committed something of these kinds. */
  touched(topics: ReadonlySet<Topic>): void {
    for (const [listener, topic] of this.#listeners) if (topics.has(topic)) listener();
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    clearInterval(this.#interval);
    clearTimeout(this.#again);
  }

  #start(): void {
    this.#version = this.#versionNow() ?? 0;
    if (this.#source.pollMs === undefined && !this.#deaf) this.#watch();
    this.#lookEvery(this.#watcher === undefined ? (this.#source.pollMs ?? FAST_MS) : SLOW_MS);
  }

  #lookEvery(ms: number): void {
    clearInterval(this.#interval);
    this.#interval = setInterval(() => this.#slowLook(), ms);
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#source.walPath, (event) => {
        this.#unannounced = 0; // Even our own commits prove that it hears.
        if (event === 'rename') this.#rewatch();
        this.#announced(1);
      });
      this.#watcher.on('error', () => this.#turnDeaf('the file cannot be watched'));
    } catch (error) {
      this.#turnDeaf(error instanceof Error ? error.message : String(error));
    }
  }

  #rewatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watch();
  }

  #announced(againMs: number): void {
    clearTimeout(this.#again);
    if (!this.#look() && againMs <= LAST_LOOK_MS) {
      this.#again = setTimeout(() => this.#announced(againMs * 2), againMs);
    }
  }

  #slowLook(): void {
    if (!this.#look() || this.#watcher === undefined) return;
    this.#unannounced += 1;
    if (this.#unannounced >= DEAF_AFTER) this.#turnDeaf('changes come unannounced');
  }

  #turnDeaf(why: string): void {
    this.#deaf = true;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#lookEvery(FAST_MS);
    this.#source.log(`looking for changes every ${FAST_MS} ms: ${why}`);
  }

  /** True if another connection has committed since the last look; then everybody is told. */
  #look(): boolean {
    const version = this.#versionNow();
    if (version === undefined || version === this.#version) return false;
    this.#version = version;
    for (const listener of this.#listeners.keys()) listener();
    return true;
  }

  /** Undefined while the file cannot be read, busy or gone for a moment: the next look will tell. */
  #versionNow(): number | undefined {
    try {
      return this.#source.version();
    } catch {
      return undefined;
    }
  }
}

import v8 from 'node:v8';

/** Between two looks, in ms: at how many tasks have begun, and while it grows. */
const LOOK_MS = 100;
const GROWING_MS = 20;
/** Tasks a second from which on it pays. */
const BUSY = 1000;
/** What is enough for the few hundred tasks that a worker has under way, in bytes. */
const ENOUGH = 8 * 2 ** 20;

/**
 * Lets the place where V8 makes new objects grow to 8 MB while tasks go through in numbers. It begins with one, which
 * they fill many times in a second, and each time what is alive is copied: a quarter of the time. An idle worker, and one
 * that parks messages, keep it small (docs/decisions/0045). Ends with `[Symbol.dispose]`.
 *
 * @param begun how many tasks have begun since the start
 */
export function growNursery(begun: () => number): Disposable {
  let before = begun();
  let lookedAt = performance.now();
  let growing: boolean | undefined;
  let timer = setTimeout(look, LOOK_MS).unref();

  function look(): void {
    const grows = busy() && nurseryBytes() < ENOUGH;
    if (grows !== growing) grow(grows);
    growing = grows;
    timer = setTimeout(grows ? watch : look, grows ? GROWING_MS : LOOK_MS).unref();
  }

  /** Until it has grown, or tasks have become few. */
  function watch(): void {
    if (performance.now() - lookedAt >= LOOK_MS || nurseryBytes() >= ENOUGH) look();
    else timer = setTimeout(watch, GROWING_MS).unref();
  }

  function busy(): boolean {
    const [count, now] = [begun(), performance.now()];
    const rate = (count - before) / ((now - lookedAt) / 1000);
    before = count;
    lookedAt = now;
    return rate >= BUSY;
  }

  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** By how much it grows when much in it has stayed alive: twofold, or not at all. */
const grow = (grows: boolean): void => v8.setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);

/** What V8 has set aside for new objects. */
export function nurseryBytes(): number {
  return (
    v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? ENOUGH
  );
}

/** A timer this late means that this process did not run, not that the other side was slow. */
const LATE_MS = 250;

/**
 * `reply`, if it comes within `ms`; otherwise `onExpire` decides what to reject with.
 * An event loop that was blocked gets a moment to read what has come meanwhile before it gives up.
 */
export function within<T>(reply: Promise<T>, ms: number, onExpire: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let since = Date.now();
    let patience = ms;
    const expire = () => {
      const late = Date.now() - since - patience;
      since = Date.now();
      patience = LATE_MS;
      if (late > LATE_MS) timer = setTimeout(expire, patience);
      else reject(onExpire());
    };
    let timer = setTimeout(expire, patience);
    reply.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

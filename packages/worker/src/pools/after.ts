/** Node's timers cannot wait longer (24.8 days); asked to, they would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** `setTimeout` for times that users choose: `Infinity` and other very long ones wait as long as a timer can. */
export function after(ms: number, callback: () => void): NodeJS.Timeout {
  return setTimeout(callback, Math.min(ms, LONGEST_MS));
}

/**
 * Seconds of the machine's clock that never steps: what Python's `time.monotonic` says there at the same moment.
 * Never a whole number, since Python refuses to take an integer for such a time.
 */
export function monotonicSeconds(): number {
  const seconds = Number(process.hrtime.bigint()) / 1e9;
  return Number.isInteger(seconds) ? seconds + 1e-6 : seconds;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Stopping {
  /** Resolves when the process is told to end, or `stop` is called. */
  readonly asked: Promise<void>;
  stop(): void;
  /** Leave the signals alone again. */
  release(): void;
}

/** Waits for the end of something that has none of its own: Ctrl-C and TERM end it well. */
export function untilStopped(): Stopping {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  for (const signal of SIGNALS) process.once(signal, stop);
  return {
    asked: promise,
    stop,
    release() {
      for (const signal of SIGNALS) process.off(signal, stop);
    },
  };
}

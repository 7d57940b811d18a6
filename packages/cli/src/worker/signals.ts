/** What the signals act on: a Worker. */
export interface Stoppable {
  stop(how: 'warm' | 'cold'): Promise<void>;
}

export interface Stopping {
  /** A signal has asked for an end. */
  readonly asked: boolean;
  /** A second signal ended running tasks that the first had promised to wait for. */
  readonly forced: boolean;
  /** Leave the signals alone again. */
  release(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * As Celery: TERM or INT stops warm (running tasks end), a second one, or QUIT at any time, stops cold.
 * A signal after that ends the process at once. HUP is what a closing terminal sends: warm.
 * REMAP_SIGTERM=SIGQUIT makes TERM act as QUIT.
 *
 * states: running → warm → cold, and running → cold
 */
export function stopOnSignals(worker: Stoppable, say: (line: string) => void): Stopping {
  let stage: 'running' | 'warm' | 'cold' = 'running';
  let forced = false;

  const on = (signal: Signal): void => {
    const abrupt =
      signal === 'SIGQUIT' || (signal === 'SIGTERM' && process.env['REMAP_SIGTERM'] === 'SIGQUIT');
    if (stage === 'cold') process.exit(1);
    if (stage === 'running' && !abrupt) {
      stage = 'warm';
      if (signal === 'SIGINT') say('worker: Hitting Ctrl+C again will terminate all running tasks!');
      say('worker: Warm shutdown (MainProcess)');
      stop('warm');
      return;
    }
    forced = stage === 'warm';
    stage = 'cold';
    say('worker: Cold shutdown (MainProcess)');
    stop('cold');
  };
  // What goes wrong while stopping is told by the worker's `done`, which the caller awaits.
  const stop = (how: 'warm' | 'cold'): void => void worker.stop(how).catch(() => {});

  for (const signal of SIGNALS) process.on(signal, on);
  return {
    get asked() {
      return stage !== 'running';
    },
    get forced() {
      return forced;
    },
    release() {
      for (const signal of SIGNALS) process.off(signal, on);
    },
  };
}

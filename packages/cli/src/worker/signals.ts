/** What the signals act on: a Worker. */
export interface Stoppable {
  stop(how: 'warm' | 'cold'): Promise<void>;
  /** A cold stop that gives running tasks a last chance is still under way. */
  readonly stopsSoftly?: boolean;
}

export interface SignalActions {
  readonly say: (line: string) => void;
  /** Says what the worker does at this moment. */
  readonly dump: () => void;
  /** HUP starts the worker anew. Without: it stops it warm. */
  readonly mayRestart: boolean;
}

export interface Stopping {
  /** A signal has asked for an end. */
  readonly asked: boolean;
  /** A second signal ended running tasks that the first had promised to wait for. */
  readonly forced: boolean;
  /** The worker is to start anew once it has stopped. */
  readonly restart: boolean;
  /** Leave the signals alone again. */
  release(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * As Celery: TERM or INT stops warm (running tasks end), a second one, or QUIT at any time, stops cold.
 * A signal after that ends the process at once; where a soft shutdown is set, one ends that first. HUP stops warm and starts anew; where a terminal is attached it is what
 * that sends when it closes, and stops only. USR1 says what goes on (and opens no debugger, as Node would without us).
 * REMAP_SIGTERM=SIGQUIT makes TERM act as QUIT.
 *
 * states: running → warm → cold, and running → cold
 */
export function stopOnSignals(worker: Stoppable, { say, dump, mayRestart }: SignalActions): Stopping {
  let stage: 'running' | 'warm' | 'cold' = 'running';
  let forced = false;
  let restart = false;

  const on = (signal: Signal): void => {
    const abrupt =
      signal === 'SIGQUIT' || (signal === 'SIGTERM' && process.env['REMAP_SIGTERM'] === 'SIGQUIT');
    if (stage === 'cold') {
      if (!worker.stopsSoftly) process.exit(1);
      stop('cold');
      return;
    }
    if (signal === 'SIGHUP' && mayRestart) {
      // While it stops already, whoever asked for that meant it.
      if (stage !== 'running') return;
      restart = true;
    } else if (restart && !abrupt) {
      // Asked to end while it stops to start anew: the tasks that run may still end.
      restart = false;
      say('worker: Will not restart: asked to stop');
      return;
    }
    if (stage === 'running' && !abrupt) {
      stage = 'warm';
      if (signal === 'SIGINT') say('worker: Hitting Ctrl+C again will terminate all running tasks!');
      if (restart) say('worker: Restarting (MainProcess)');
      say('worker: Warm shutdown (MainProcess)');
      stop('warm');
      return;
    }
    forced = stage === 'warm';
    restart = false;
    stage = 'cold';
    say('worker: Cold shutdown (MainProcess)');
    stop('cold');
  };
  // What goes wrong while stopping is told by the worker's `done`, which the caller awaits.
  const stop = (how: 'warm' | 'cold'): void => void worker.stop(how).catch(() => {});

  for (const signal of SIGNALS) process.on(signal, on);
  process.on('SIGUSR1', dump);
  return {
    get asked() {
      return stage !== 'running';
    },
    get forced() {
      return forced;
    },
    get restart() {
      return restart;
    },
    release() {
      for (const signal of SIGNALS) process.off(signal, on);
      process.off('SIGUSR1', dump);
    },
  };
}

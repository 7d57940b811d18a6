let name = 'MainProcess';

/**
 * Give this process the name that its log lines show, as Python's multiprocessing does: 'ForkPoolWorker-3'.
 * It holds for loggers made afterwards, of every app, for a process has one name whatever it loads.
 */
export function nameProcess(given: string): void {
  name = given;
}

/** 'MainProcess', unless it was given another. */
export function nameOfProcess(): string {
  return name;
}

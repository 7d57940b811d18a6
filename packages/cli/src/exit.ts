/** How a command ends, in the numbers of Celery's. */
export const EXIT = {
  ok: 0,
  /** It was tried and did not work, or somebody said no. */
  failed: 1,
  /** The command line makes no sense, or names an app that cannot be loaded. */
  usage: 2,
  /** A broker, a result or a worker that is needed did not answer (EX_UNAVAILABLE). */
  unavailable: 69,
  /** A file that must be new is there already (EX_CANTCREAT). */
  cannotCreate: 73,
} as const;

/** Ends the command with a message for people, without a stack. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line itself is at fault; shown below the usage of the command. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
  constructor(message: string) {
    super(message, EXIT.usage);
  }
}

/** Somebody was asked and did not say yes. */
export class Aborted extends CommandError {
  override readonly name = 'Aborted';
  constructor() {
    super('Aborted!');
  }
}

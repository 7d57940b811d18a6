/** What drivers throw. Anything else escaping a driver is a bug in it. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: DriverErrorCode;
  constructor(code: DriverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type DriverErrorCode =
  /** Not reachable within the driver's own retries. Trying later may work. */
  | 'unavailable'
  /** Reached and refused: credentials, permissions, a bad option. Trying again will not help. */
  | 'refused'
  /** A stored document this version cannot read. */
  | 'corrupt'
  /** Used after close. */
  | 'closed'
  /** This service cannot do that at all. */
  | 'unsupported';

/** Bytes that are not what their content type says. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

import { DriverError, type DriverErrorCode } from '@lovage/contracts';

/** What AMQP's reply codes mean to a caller; any other passes by itself. */
const MEANINGS: Readonly<Record<number, DriverErrorCode>> = {
  402: 'refused',
  403: 'refused',
  404: 'refused',
  405: 'refused',
  406: 'refused',
  530: 'refused',
  540: 'unsupported',
};

/** Certificates that do not convince: trying again will not help. */
const CERTIFICATE = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_)/;

/** RabbitMQ ended the last step of connecting; the client keeps its reason to itself. */
const NO_VHOST = /^Expected ConnectionOpenOk; got <ConnectionClose/;

/** The reply code with which RabbitMQ closed a channel or a connection; undefined where it was something else. */
export function replyCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === 'number') return code;
  const said = /\b([345]\d\d) \([A-Z-]+\)/.exec(error.message);
  return said ? Number(said[1]) : undefined;
}

/** Whatever went wrong, as the contract names it. `label` is the URL without its password. */
export function toDriverError(error: unknown, label: string): DriverError {
  if (error instanceof DriverError) return error;
  const message = error instanceof Error ? describe(error) : String(error);
  if (NO_VHOST.test(message))
    return new DriverError(
      'refused',
      `RabbitMQ at ${label}: the vhost does not exist, or this user may not use it`,
      { cause: error },
    );
  const said = `RabbitMQ at ${label}: ${message}`;
  return new DriverError(codeOf(error), said, { cause: error });
}

function codeOf(error: unknown): DriverErrorCode {
  const reply = replyCode(error);
  if (reply !== undefined) return MEANINGS[reply] ?? 'unavailable';
  // What cannot be written as AMQP: a header that is too long, a value that it has no type for.
  if (error instanceof RangeError || error instanceof TypeError) return 'refused';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && CERTIFICATE.test(code) ? 'refused' : 'unavailable';
}

/** Node hides the reasons of a connect to several addresses in an AggregateError without a message. */
function describe(error: Error): string {
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError) return [...new Set(error.errors.map(String))].join('; ');
  return error.name;
}

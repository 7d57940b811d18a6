import { DriverError, type DriverErrorCode } from '@lovage/contracts';
import { ErrorReply } from '@redis/client';

/**
 * What the error replies of Redis mean to a caller, by their first word.
 * 'unavailable' are those that pass by themselves: loading, failing over, a script or memory in the way.
 */
const MEANINGS: Readonly<Record<string, DriverErrorCode>> = {
  LOADING: 'unavailable',
  MASTERDOWN: 'unavailable',
  READONLY: 'unavailable',
  BUSY: 'unavailable',
  TRYAGAIN: 'unavailable',
  OOM: 'unavailable',
  MISCONF: 'unavailable',
  NOREPLICAS: 'unavailable',
  CLUSTERDOWN: 'unavailable',
  UNKILLABLE: 'unavailable',
  MOVED: 'unsupported',
  ASK: 'unsupported',
  CROSSSLOT: 'unsupported',
};

/** Replies after which this connection will not do, though another may: the master has moved. */
const STALE = /^(READONLY|MASTERDOWN)\b/;

/** A command that Redis itself refused; the connection is fine. */
export function isReply(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply;
}

/** The connection leads to a server that is no longer the master. */
export function isStale(error: unknown): boolean {
  return isReply(error) && STALE.test(error.message);
}

/** A proxy, or the permissions of this user, does without CLIENT TRACKING. */
export function isTrackingRefused(error: unknown): boolean {
  return (
    isReply(error) && /tracking|'?client'?/i.test(error.message) && !/^(WRONGPASS|NOAUTH)/.test(error.message)
  );
}

/** Whatever went wrong, as the contract names it. `label` is the URL without its password. */
export function toDriverError(error: unknown, label: string): DriverError {
  if (error instanceof DriverError) return error;
  const message = error instanceof Error ? describe(error) : String(error);
  if (!isReply(error))
    return new DriverError('unavailable', `Redis at ${label}: ${message}`, { cause: error });
  const code = MEANINGS[error.message.split(' ', 1)[0]!] ?? 'refused';
  const hint = code === 'unsupported' ? ' (Redis Cluster is not supported; use one primary or Sentinel)' : '';
  return new DriverError(code, `Redis at ${label} answered: ${message}${hint}`, { cause: error });
}

/** Node hides the reasons of a connect to several addresses in an AggregateError without a message. */
function describe(error: Error): string {
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError) return [...new Set(error.errors.map(String))].join('; ');
  return error.name;
}

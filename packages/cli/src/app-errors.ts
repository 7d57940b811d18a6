import {
  ImproperlyConfigured,
  InvalidCall,
  OperationalError,
  QueueNotFound,
  TimeoutError,
} from '@lovage/app';
import { DriverError } from '@lovage/contracts';
import { EXIT } from './exit.ts';

/** What a person needs to read of an error from below, and the exit code for it. */
export function explainAppError(error: unknown): { text: string; exitCode: number } {
  if (error instanceof OperationalError || error instanceof TimeoutError) {
    return { text: error.message, exitCode: EXIT.unavailable };
  }
  if (error instanceof DriverError) {
    return { text: error.message, exitCode: error.code === 'unavailable' ? EXIT.unavailable : EXIT.failed };
  }
  if (
    error instanceof ImproperlyConfigured ||
    error instanceof InvalidCall ||
    error instanceof QueueNotFound
  ) {
    return { text: error.message, exitCode: EXIT.failed };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text, exitCode: EXIT.failed };
}

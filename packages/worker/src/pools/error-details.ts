import { inspect } from 'node:util';
import type { ErrorDetails } from '@lovage/contracts';

/** What was thrown, as data that crosses process borders. JavaScript may throw anything, and it may resist reading. */
export function errorDetails(thrown: unknown): ErrorDetails {
  try {
    return read(thrown);
  } catch {
    return { name: 'Error', message: 'something was thrown that throws when it is read' };
  }
}

function read(thrown: unknown): ErrorDetails {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: typeof thrown === 'string' ? thrown : inspect(thrown) };
  }
  const { name, message, stack } = thrown;
  return { name: String(name), message: String(message), ...(typeof stack === 'string' ? { stack } : {}) };
}

/** The way back, for whoever awaits: an Error that looks as it did in the other process. */
export function errorFromDetails({ name, message, stack }: ErrorDetails): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

import { DriverError } from '@lovage/contracts';
import { nearest } from '@lovage/contracts/kit';

/** A setting that cannot be used: what it is, and what would be right. */
export function refused(what: string): DriverError {
  return new DriverError('refused', what);
}

/** A setting that nobody knows, with the name that was probably meant. */
export function unknown(kind: string, name: string, known: Iterable<string>): DriverError {
  const near = nearest(name, known);
  return refused(`unknown ${kind} '${name}'${near === undefined ? '' : `; did you mean '${near}'?`}`);
}

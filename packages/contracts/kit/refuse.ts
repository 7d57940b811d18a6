import { DriverError } from '../src/index.ts';
import { nearest } from './nearest.ts';

/** A setting that cannot be used: what it is, and what would be right. */
export function refused(what: string): DriverError {
  return new DriverError('refused', what);
}

/** A setting that nobody knows, with the name that was probably meant. */
export function unknownName(kind: string, name: string, known: Iterable<string>): DriverError {
  const near = nearest(name, known);
  return refused(`unknown ${kind} '${name}'${near === undefined ? '' : `; did you mean '${near}'?`}`);
}

/** A string that is not empty. Throws DriverError 'refused'. */
export function filledText(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '')
    throw refused(`${option} must be a string that is not empty`);
  return value;
}

/** One of a few words. Throws DriverError 'refused'. */
export function oneOf<const Word extends string>(
  value: unknown,
  option: string,
  words: readonly Word[],
): Word {
  const word = words.find((each) => each === value);
  if (word === undefined) throw refused(`${option} must be one of ${words.join(', ')}`);
  return word;
}

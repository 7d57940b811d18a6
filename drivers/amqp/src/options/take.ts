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

/** Seconds, also as the text that a URL holds; fractions are allowed. `atLeast` 0 where 0 turns something off. */
export function seconds(value: unknown, option: string, above: 'above 0' | 'from 0' = 'above 0'): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const fits = typeof number === 'number' && Number.isFinite(number);
  if (!fits || number < 0 || (number === 0 && above === 'above 0'))
    throw refused(`${option} must be a number of seconds ${above}`);
  return number;
}

/** A whole number between two others. */
export function integer(value: unknown, option: string, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > most)
    throw refused(`${option} must be a whole number from ${least} to ${most}`);
  return Number(value);
}

/** A string that is not empty. */
export function name(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '')
    throw refused(`${option} must be a string that is not empty`);
  return value;
}

/** One of a few words. */
export function choice<const Word extends string>(
  value: unknown,
  option: string,
  words: readonly Word[],
): Word {
  const word = words.find((each) => each === value);
  if (word === undefined) throw refused(`${option} must be one of ${words.join(', ')}`);
  return word;
}

import { constants } from 'node:os';

const NUMBERS: Readonly<Record<string, number>> = constants.signals;

/** A signal by its number, or by its name with or without SIG. */
export interface NamedSignal {
  readonly name: NodeJS.Signals;
  readonly number: number;
}

/**
 * SIGTERM for null, undefined and ''.
 * @throws an error in the words in which Celery refuses it
 */
export function readSignal(given: unknown): NamedSignal {
  if (given === null || given === undefined || given === '') return named('SIGTERM');
  if (typeof given === 'number') {
    const name = Object.keys(NUMBERS).find((each) => NUMBERS[each] === given);
    if (name === undefined) throw new RangeError('signal number out of range');
    return named(name);
  }
  if (typeof given !== 'string' || given !== given.toUpperCase()) {
    throw new TypeError('signal name must be uppercase string.');
  }
  const name = given.startsWith('SIG') ? given : `SIG${given}`;
  if (Object.hasOwn(NUMBERS, name)) return named(name);
  throw new AttributeError(`module 'signal' has no attribute '${name.slice(0, 20)}'`);
}

const named = (name: string): NamedSignal => ({ name: name as NodeJS.Signals, number: NUMBERS[name]! });

/** Python's, for its repr. */
class AttributeError extends Error {
  override readonly name = 'AttributeError';
}

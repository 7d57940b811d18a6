import { InvalidArgumentError } from 'commander';

/** Parsers of option values. What they throw names the option and says what would be right. */

/** `a,b` and repeated options, without blanks and doubles. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return [...new Set([...before, ...names])];
}

/** A JSON array, such as '[2, 3]'. */
export function jsonArray(text: string): readonly unknown[] {
  const value = json(text);
  if (Array.isArray(value)) return value;
  throw new InvalidArgumentError("it must be a JSON array, such as '[2, 3]'");
}

/** A JSON object, such as '{"to": "ada"}'. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = json(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new InvalidArgumentError('it must be a JSON object, such as \'{"to": "ada"}\'');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`it must be a whole number from ${least}`);
  };

/** Seconds, as a number that is not negative. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('it must be a number of seconds');
}

/** 0 to 9. */
export function priority(text: string): number {
  if (/^\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it must be a whole number from 0 to 9; the higher, the sooner');
}

const LEVELS: Readonly<Record<string, 'debug' | 'info' | 'warn' | 'error'>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  WARN: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error',
};

/** Celery's names of log levels, in any case; CRITICAL and FATAL, which nothing here reaches, stand for ERROR. */
export function logLevel(text: string): 'debug' | 'info' | 'warn' | 'error' {
  const level = LEVELS[text.toUpperCase()];
  if (level) return level;
  throw new InvalidArgumentError('it must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, FATAL');
}

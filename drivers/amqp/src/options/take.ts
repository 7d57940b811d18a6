import { refused } from '@lovage/contracts/kit';

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

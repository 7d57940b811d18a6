import { refused } from '@lovage/contracts/kit';

/** Reads one option; throws DriverError 'refused' that names it when its value will not do. */
export type Take<T> = (value: unknown, option: string) => T;

export const text: Take<string> = (value, option) => {
  if (typeof value !== 'string') throw refused(`${option} must be a string`);
  return value;
};

export const bool: Take<boolean> = (value, option) => {
  if (typeof value !== 'boolean') throw refused(`${option} must be true or false`);
  return value;
};

/** More than none of them. Fractions are allowed. */
export const seconds: Take<number> = (value, option) => {
  if (typeof value !== 'number' || !(value > 0) || value === Number.POSITIVE_INFINITY) {
    throw refused(`${option} must be a number of seconds above 0`);
  }
  return value;
};

/** A whole number from 1. */
export const count: Take<number> = (value, option) => {
  if (!Number.isSafeInteger(value) || Number(value) < 1)
    throw refused(`${option} must be a whole number from 1`);
  return Number(value);
};

export const integers: Take<readonly number[]> = (value, option) => {
  if (!Array.isArray(value) || !value.every(Number.isSafeInteger)) {
    throw refused(`${option} must be a list of whole numbers`);
  }
  return value;
};

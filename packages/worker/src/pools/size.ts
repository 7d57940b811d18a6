/** @throws RangeError when a pool cannot have that many slots. */
export function checkSize(size: number): number {
  if (Number.isInteger(size) && size >= 0) return size;
  throw new RangeError(`the size of a pool must be a whole number from 0, not ${size}`);
}

/** @throws RangeError when it is no limit of jobs or memory after which a worker may be replaced. */
export function checkMaximum(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw new RangeError(`${name} must be a whole number from 1, not ${value}`);
}

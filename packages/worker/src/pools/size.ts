/** @throws RangeError when a pool cannot have that many slots. */
export function checkSize(size: number): number {
  if (Number.isInteger(size) && size >= 0) return size;
  throw new RangeError(`the size of a pool must be a whole number from 0, not ${size}`);
}

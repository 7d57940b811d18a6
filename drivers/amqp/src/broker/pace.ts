import type { Tap } from './arrived.ts';

/** Near enough that beginning anew is not worth it; neither so little that each message would come alone, nor a hoard. */
export function serves({ credit, unsettled }: Tap, wanted: number, brisk: boolean): boolean {
  if (brisk) return credit === wanted;
  const left = credit - unsettled;
  return left >= wanted / 2 && left <= wanted * 2;
}

/** What came with the last packet has been read. */
export function landed(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

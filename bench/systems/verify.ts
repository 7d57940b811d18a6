/** Throws unless `results` holds the argument of each of the tasks 0 to count-1, as programs/clock.js made it. */
export function verifyResults(results: Iterable<unknown>, count: number): void {
  const seen = new Set<number>();
  for (const result of results) {
    const { n, email, ok } = result as { n: number; email: string; ok: boolean };
    if (email !== 'someone@example.com' || ok !== true)
      throw new Error(`not a result: ${JSON.stringify(result)}`);
    if (n >= 0 && n < count) seen.add(n);
  }
  if (seen.size !== count) throw new Error(`${seen.size} of ${count} results are there`);
}

/** Throws unless `results` holds the number of each of the header tasks 0 to count-1, as programs/clock.js made it. */
export function verifyNumbers(results: readonly unknown[], count: number): void {
  const seen = new Set(results);
  const there = Array.from({ length: count }, (_, n) => seen.has(n)).filter(Boolean).length;
  if (there !== count) throw new Error(`${there} of ${count} results are there`);
}

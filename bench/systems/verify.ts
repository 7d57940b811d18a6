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

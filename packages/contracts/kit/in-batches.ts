/** One batch after the other, so that what one did is there for the next. Answers in the order of all. */
export async function inBatches<T, Answer>(
  all: readonly T[],
  size: number,
  run: (some: readonly T[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < all.length; from += size) {
    answers.push(...(await run(all.slice(from, from + size))));
  }
  return answers;
}

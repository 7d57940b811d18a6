/**
 * The candidate that `name` is most likely a slip of: "did you mean …?". Case does not count.
 * @returns undefined when every candidate differs in more than a third of the letters of `name` (always one at least)
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const given = name.toLowerCase();
  let best: string | undefined;
  let tooFar = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= tooFar) continue;
    const distance = editDistance(given, candidate.toLowerCase());
    if (distance < tooFar) [best, tooFar] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const change = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(change, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[to.length]!;
}

/** In their order, each name once in a round: what comes twice is done in turn. */
export function inRounds<T extends { readonly name: string }>(all: readonly T[]): readonly (readonly T[])[] {
  const rounds: T[][] = [];
  const times = new Map<string, number>();
  for (const each of all) {
    const time = times.get(each.name) ?? 0;
    times.set(each.name, time + 1);
    rounds[time] ??= [];
    rounds[time].push(each);
  }
  return rounds;
}

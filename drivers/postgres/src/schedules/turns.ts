/** In order, in as few rounds as let no name come twice in one. */
export function rounds<T extends { readonly name: string }>(all: readonly T[]): readonly (readonly T[])[] {
  const made: T[][] = [];
  const times = new Map<string, number>();
  for (const each of all) {
    const time = times.get(each.name) ?? 0;
    times.set(each.name, time + 1);
    made[time] ??= [];
    made[time].push(each);
  }
  return made;
}

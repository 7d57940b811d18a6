/** The entries that have a value: with `exactOptionalPropertyTypes`, undefined is not "left out". */
export function given<T extends object>(entries: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const kept = Object.entries(entries).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

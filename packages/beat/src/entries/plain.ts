export const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

/** The same with `one_off` as `oneOff`: settings may come from Python as they stand. `problems` hears of what is there twice. */
export function inCamelCase(
  given: Readonly<Record<string, unknown>>,
  what: string,
  problems: string[],
): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (Object.hasOwn(named, name)) problems.push(`${what} has ${name} twice, as ${key} too`);
    // Not by assignment, for a key may be '__proto__'.
    Object.defineProperty(named, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return named;
}

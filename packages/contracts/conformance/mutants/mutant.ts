/**
 * A way to get a role wrong. Exams are proved by mutants: each case must fail for those that break what it promises.
 * A mutant wraps a role that is right, so it can be tried over any driver.
 */
export interface Mutant<Role> {
  /** What it does wrong. */
  readonly name: string;
  /** The case of the exam that must notice. */
  readonly noticedBy: string;
  /** The role, broken. Called for every one that a world connects. */
  mutate(role: Role): Role;
}

/** Longer than any case waits. */
export const TOO_LONG_MS = 600_000;

/** The object with some members replaced; getters and the rest stay live. */
export function altered<T extends object>(original: T, changes: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      if (Object.hasOwn(changes, name)) return changes[name as keyof T];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Types of JSON values, and of the three more that Celery's wire carries: dates, bytes and large whole numbers. */
type Leaf = string | number | boolean | bigint | null | undefined | Date | Uint8Array;

/** What each part of a value must be for the value to travel. A part that cannot is `never`. */
export type Sendable<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? T
    : T extends Leaf
      ? T
      : T extends symbol | ((...args: never) => unknown)
        ? never
        : T extends readonly unknown[]
          ? SendableList<T>
          : T extends object
            ? { [Key in keyof T]: Sendable<T[Key]> }
            : never;

/** A list is written out as `…[]` where it can be, for the compiler looks into that only as deep as it must. */
type SendableList<T extends readonly unknown[]> = number extends T['length']
  ? readonly Sendable<T[number]>[]
  : { [Key in keyof T]: Sendable<T[Key]> };

/**
 * Allows a list of arguments that can travel. Any other is held against a type whose name says what is wrong:
 * a class instance with methods, a function, a symbol, a Map, a Set or a Promise would not arrive as what it is.
 */
export type MustBeSendable<Args extends readonly unknown[]> = [Args] extends [Sendable<Args>]
  ? unknown
  : NotSendable;

/** Arguments travel as JSON: only plain values, arrays, plain objects, Date, Uint8Array and bigint arrive as they were. */
export interface NotSendable {
  readonly 'an argument cannot be sent as JSON: pass plain values, arrays, plain objects, Date, Uint8Array or bigint': never;
}

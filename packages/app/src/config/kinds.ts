/** One kind of value: what it must be, in words, and how it is checked. */
export interface Kind<T, Input = T> {
  /** Ends the sentence "must be …". */
  readonly says: string;
  /** The value as it is kept, or a sentence that says why it cannot be. */
  read(value: unknown): { readonly value: T } | { readonly wrong: string };
  /** The value that a text (environment variable, command line) stands for; to be given to `read`. */
  fromText(text: string): unknown;
  /** Never there: it carries the type of what may be given, where that is more than what is kept. */
  readonly input?: Input;
}

function kind<T>(
  says: string,
  accepts: (value: unknown) => value is T,
  fromText: (text: string) => unknown = (text) => text,
): Kind<T> {
  return { says, read: (value) => (accepts(value) ? { value } : { wrong: `must be ${says}` }), fromText };
}

const TRUE = new Set(['1', 'true', 'yes', 'on']);
const FALSE = new Set(['0', 'false', 'no', 'off']);

export const boolean: Kind<boolean> = kind(
  'true or false',
  (value) => typeof value === 'boolean',
  (text) => (TRUE.has(text.toLowerCase()) ? true : FALSE.has(text.toLowerCase()) ? false : text),
);

/** A text that reads as a number becomes one; any other stays, and is refused with the words of the kind. */
const numberFrom = (text: string): unknown =>
  text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

/** A whole number of at least `min`, at most `max`. */
export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> =>
  kind(
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`,
    (value): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
    numberFrom,
  );

/** A number of seconds. */
export const seconds: Kind<number> = kind(
  'a number of seconds from 0',
  (value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  numberFrom,
);

export const text: Kind<string> = kind(
  'a text that is not empty',
  (value): value is string => typeof value === 'string' && value !== '',
);

export const choice = <const T extends string>(...values: readonly T[]): Kind<T> =>
  kind(`one of ${values.join(', ')}`, (value): value is T => values.includes(value as T));

/** A list of texts; in an environment variable separated by commas, or JSON. */
export const texts: Kind<readonly string[]> = kind(
  'a list of texts',
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== ''),
  listFrom,
);

/** An object of options that somebody else understands; JSON in an environment variable. */
export const dict: Kind<Readonly<Record<string, unknown>>> = kind(
  'an object',
  (value): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
  jsonFrom,
);

/** A kind whose check is a function that throws Error with the reason. */
export const checked = <T, Input = T>(
  says: string,
  read: (value: unknown) => T,
  fromText: (text: string) => unknown = jsonFrom,
): Kind<T, Input> => ({
  says,
  read(value) {
    try {
      return { value: read(value) };
    } catch (error) {
      return { wrong: error instanceof Error ? error.message : String(error) };
    }
  },
  fromText,
});

/** The same kind, or null; in an environment variable '', 'null' or 'none'. */
export const orNull = <T, Input>(inner: Kind<T, Input>): Kind<T | null, Input | null> => ({
  says: `${inner.says}, or null`,
  read(value) {
    if (value === null) return { value: null };
    const read = inner.read(value);
    return 'value' in read
      ? read
      : { wrong: `${read.wrong}${read.wrong.startsWith('must be') ? ', or null' : ''}` };
  },
  fromText: (given) => (['', 'null', 'none'].includes(given.toLowerCase()) ? null : inner.fromText(given)),
});

/** The same kind; null, which is Celery's default, stands for this value. */
export const nullAs = <T>(standsFor: T, inner: Kind<T>): Kind<T, T | null> => ({
  says: inner.says,
  read: (value) => (value === null ? { value: standsFor } : inner.read(value)),
  fromText: (given) => inner.fromText(given),
});

/** The same kind, or undefined, which stands for "decide for me". */
export const orUndefined = <T, Input>(inner: Kind<T, Input>): Kind<T | undefined, Input | undefined> => ({
  says: inner.says,
  read: (value) => (value === undefined ? { value: undefined } : inner.read(value)),
  fromText: (given) => inner.fromText(given),
});

function jsonFrom(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

export function listFrom(given: string): unknown {
  if (given.trimStart().startsWith('[')) return jsonFrom(given);
  return given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

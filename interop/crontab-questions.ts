/** Random questions to a crontab, the same for every run, and how Celery answers. */
import fc from 'fast-check';
import { changesOf } from './clocks.ts';

export interface Question {
  readonly minute: string;
  readonly hour: string;
  readonly day_of_week: string;
  readonly day_of_month: string;
  readonly month_of_year: string;
  readonly zone: string;
  /** Epoch ms. */
  readonly after: number;
}

export type FieldName = Exclude<keyof Question, 'zone' | 'after'>;

/** What Celery answers; times are what the clock shows, as if it were UTC, in ms. */
export type Answer =
  | { readonly refused: string }
  | { readonly sets: Sets; readonly never: string }
  | {
      readonly sets: Sets;
      /** Its next time. */
      readonly direct: number;
      /** Its times from an hour before the question on, of a clock that is never changed. */
      readonly walls: readonly number[];
    };
type Sets = Readonly<Record<FieldName, readonly number[]>>;

const ZONES = [
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/Los_Angeles',
];
const HOUR = 3_600_000;

const number = (min: number, max: number) => fc.integer({ min, max });

const field = (min: number, max: number, names: readonly string[] = []) => {
  const spellings: fc.Arbitrary<string>[] = [number(min, max).map(String)];
  if (names.length > 0) spellings.push(fc.constantFrom(...names));
  const value = fc.oneof(...spellings);
  const part = fc.oneof(
    { weight: 4, arbitrary: value },
    { weight: 2, arbitrary: fc.tuple(value, value).map(([from, to]) => `${from}-${to}`) },
    {
      weight: 1,
      arbitrary: fc.tuple(value, value, number(1, 12)).map(([from, to, by]) => `${from}-${to}/${by}`),
    },
    { weight: 2, arbitrary: number(1, max).map((by) => `*/${by}`) },
  );
  const parts = fc.array(part, { minLength: 1, maxLength: 4 }).map((all) => all.join(','));
  return fc.oneof({ weight: 1, arbitrary: fc.constant('*') }, { weight: 2, arbitrary: parts });
};

const DAYS = ['sun', 'mon', 'Tuesday', 'wed', 'thurs', 'FRI', 'sat'];
const fields: Readonly<Record<FieldName, fc.Arbitrary<string>>> = {
  minute: field(0, 59),
  hour: fc.oneof(field(0, 23), field(0, 4)),
  day_of_week: fc.oneof(fc.constant('*'), field(0, 6, DAYS)),
  day_of_month: fc.oneof(fc.constant('*'), field(1, 31)),
  month_of_year: fc.oneof(fc.constant('*'), field(1, 12)),
};

/** A text that is nearly right: one letter more, or one less. */
const spoiled = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.nat(), fc.constantFrom(...'01579*/-, msx', '')).map(([given, where, letter]) => {
    const at = where % (given.length + 1);
    return given.slice(0, at) + letter + given.slice(letter === '' ? at + 1 : at);
  });

const changes = new Map(ZONES.map((zone) => [zone, changesOf(zone)]));

const moment = (zone: string) => {
  const anywhere = number(Date.UTC(2021, 0), Date.UTC(2035, 0));
  const known = changes.get(zone) ?? [];
  if (known.length === 0) return anywhere;
  const near = fc.tuple(fc.constantFrom(...known), number(-4 * HOUR, 4 * HOUR)).map(([at, by]) => at + by);
  return fc.oneof({ weight: 1, arbitrary: anywhere }, { weight: 2, arbitrary: near });
};

const everyDay = {
  day_of_week: fc.constant('*'),
  day_of_month: fc.constant('*'),
  month_of_year: fc.constant('*'),
};

const question: fc.Arbitrary<Question> = fc
  .oneof({ weight: 3, arbitrary: fc.constant('UTC') }, { weight: 7, arbitrary: fc.constantFrom(...ZONES) })
  .chain((zone) => {
    const asked = { zone: fc.constant(zone), after: moment(zone) };
    return fc.oneof(fc.record({ ...fields, ...asked }), fc.record({ ...fields, ...everyDay, ...asked }));
  })
  .chain((given) => {
    const one = fc
      .constantFrom(...(Object.keys(fields) as FieldName[]))
      .chain((name) => spoiled(fields[name]).map((text) => ({ ...given, [name]: text })));
    return fc.oneof({ weight: 4, arbitrary: fc.constant(given) }, { weight: 1, arbitrary: one });
  });

/** The same for the same seed. */
export const questions = (count: number, seed: number): Question[] =>
  fc.sample(question, { numRuns: count, seed });

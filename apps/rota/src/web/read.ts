import type { Context } from 'hono';
import { Refused } from '../services/refused.ts';

type Reader<T> = (value: unknown, name: string) => T;
type Read<Shape extends Record<string, Reader<unknown>>> = { [Name in keyof Shape]: ReturnType<Shape[Name]> };

const wrong = (name: string, what: string): never => {
  throw new Refused(400, `${name} must be ${what}`);
};

/** Text of 1 to so many characters, on one line. */
export const text =
  (longest = 200): Reader<string> =>
  (value, name) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= longest && !/\p{Cc}/u.test(value)
      ? value.trim()
      : wrong(name, `text of 1 to ${longest} characters on one line`);

/** `2026-12-24` */
export const day: Reader<string> = (value, name) => {
  const moment = new Date(`${value}T00:00:00Z`);
  return typeof value === 'string' &&
    !Number.isNaN(moment.getTime()) &&
    moment.toISOString().slice(0, 10) === value
    ? value
    : wrong(name, 'a day, such as 2026-12-24');
};

export const id: Reader<number> = (value, name) =>
  Number.isSafeInteger(Number(value)) && Number(value) > 0
    ? Number(value)
    : wrong(name, 'a whole number from 1');

export const yesOrNo: Reader<boolean> = (value, name) =>
  typeof value === 'boolean' ? value : wrong(name, 'true or false');

export const email: Reader<string> = (value, name) => {
  const address = text(254)(value, name);
  return /^[^\s@<>",;]+@[^\s@<>",;]+\.[^\s@<>",;]+$/.test(address)
    ? address
    : wrong(name, 'an e-mail address');
};

/**
 * The fields of a body of JSON. A form of another site cannot send that content type, so nobody's browser can be made to.
 * @throws Refused
 */
export async function body<Shape extends Record<string, Reader<unknown>>>(
  context: Context,
  shape: Shape,
): Promise<Read<Shape>> {
  if (!/^application\/json\b/.test(context.req.header('content-type') ?? ''))
    throw new Refused(400, 'the body must be application/json');
  const given: unknown = await context.req.json().catch(() => wrong('the body', 'JSON'));
  if (typeof given !== 'object' || given === null) return wrong('the body', 'an object');
  const fields = given as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(shape).map(([name, read]) => [name, read(fields[name], name)]),
  ) as Read<Shape>;
}

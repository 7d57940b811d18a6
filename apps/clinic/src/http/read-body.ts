import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ZodType } from 'zod';

/** The body of a request, which must be JSON of that form. @throws HTTPException 400 that says what is wrong and where */
export async function readBody<T>(context: Context, form: ZodType<T>): Promise<T> {
  let given: unknown;
  try {
    given = await context.req.json();
  } catch {
    throw new HTTPException(400, { message: 'the body is no JSON' });
  }
  const read = form.safeParse(given);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new HTTPException(400, { message: problems.join('; ') });
}

import { InvalidArguments } from '../errors.ts';
import type { SchemaIssue, StandardSchema } from './standard-schema.ts';

/**
 * The arguments as the schema makes them.
 * @throws InvalidArguments listing what it objects to
 */
export async function validateArguments(
  task: string,
  schema: StandardSchema,
  args: readonly unknown[],
): Promise<readonly unknown[]> {
  const result = await schema['~standard'].validate(args);
  if (result.issues) throw new InvalidArguments(task, result.issues.map(readable));
  if (Array.isArray(result.value)) return result.value;
  throw new InvalidArguments(task, [
    {
      path: '',
      message: 'it makes something else than a list of arguments; it must describe a list (a tuple)',
    },
  ]);
}

function readable({ message, path }: SchemaIssue): { readonly message: string; readonly path: string } {
  const parts = path?.map((part) => String(typeof part === 'object' ? part.key : part)) ?? [];
  return { message, path: parts.length === 0 ? '' : `args.${parts.join('.')}` };
}

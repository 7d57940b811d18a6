/** A message that is no task message, or one whose fields cannot be read. */
export class InvalidTaskError extends Error {
  override readonly name = 'InvalidTaskError';
  /** The header or part of the body that is wrong, by its name on the wire: 'eta', 'kwargs'. */
  readonly field: string;
  constructor(field: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}

/** The content type of a message is not among those this receiver accepts. Its bytes were not looked at. */
export class ContentDisallowed extends Error {
  override readonly name = 'ContentDisallowed';
  readonly contentType: string;
  constructor(message: string, contentType: string) {
    super(message);
    this.contentType = contentType;
  }
}

/** A value that the serializer cannot carry without changing it. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
  /** Where the value stands, from the outermost container in. */
  readonly path: readonly PathPart[];
  /** What is wrong with it, and what would be right. */
  readonly problem: string;
  constructor(path: readonly PathPart[], problem: string, options?: ErrorOptions) {
    super(`${pathText(path)} ${problem}`, options);
    this.path = path;
    this.problem = problem;
  }

  /** The same error, seen from outside: the value stands in something that has a name. */
  within(...outer: readonly PathPart[]): EncodeError {
    return new EncodeError([...outer, ...this.path], this.problem, { cause: this.cause });
  }
}

export type PathPart = string | number;

/** `args[1].when` for `['args', 1, 'when']`. */
export function pathText(path: readonly PathPart[]): string {
  if (path.length === 0) return 'the value';
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[A-Za-z_$][\w$]*$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

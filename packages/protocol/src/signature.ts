import { InvalidTaskError } from './errors.ts';
import { isRecord } from './plain.ts';

/**
 * A call of a task, not yet sent, as it stands in a message: callbacks, the rest of a chain, the body of a chord.
 * Its args and kwargs are wire values: typed values in them are still wrapped, so that sending them on changes nothing.
 */
export interface SignatureDict {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  /** 'chain', 'group', 'chord' and the like; null for a plain task. */
  readonly subtask_type: string | null;
  /** Takes no arguments from what runs before it. */
  readonly immutable: boolean;
}

/**
 * A signature from a message, with what was left out filled in; only `task` must be there.
 * @param where What it is of, for the error: 'chord', 'callbacks[0]'
 * @throws InvalidTaskError
 */
export function readSignature(value: unknown, where: string): SignatureDict {
  if (!isRecord(value) || typeof value['task'] !== 'string') {
    throw new InvalidTaskError(
      where,
      `${where} is no signature: it must be an object with the name of a 'task'`,
    );
  }
  const { task, args, kwargs, options, subtask_type, immutable } = value;
  if (args != null && !Array.isArray(args)) {
    throw new InvalidTaskError(where, `${where}.args must be an array`);
  }
  return {
    ...value,
    task,
    args: Array.isArray(args) ? args : [],
    kwargs: member(kwargs, `${where}.kwargs`),
    options: member(options, `${where}.options`),
    subtask_type: typeof subtask_type === 'string' ? subtask_type : null,
    immutable: immutable === true,
  };
}

/** A list of signatures, or null; a single one counts as a list of one. Throws InvalidTaskError. */
export function readSignatures(value: unknown, where: string): readonly SignatureDict[] | null {
  if (value === null || value === undefined) return null;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item, index) => readSignature(item, `${where}[${index}]`));
}

function member(value: unknown, where: string): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (!isRecord(value)) throw new InvalidTaskError(where, `${where} must be an object`);
  return value;
}

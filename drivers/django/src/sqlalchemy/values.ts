import { DecodeError } from '@lovage/contracts';
import {
  EXCEPTION_STATES,
  parseJson,
  type ResultTuple,
  readResultTuple,
  stringifyJson,
} from '@lovage/protocol';
import { unreadable } from '../document.ts';
import { Made, type Pickled, unpickle } from '../pickle/read.ts';
import { toJson } from '../pickle/to-json.ts';
import { Call, type Plain, pickle } from '../pickle/write.ts';

/** Deeper than any workflow nests. */
const MAX_DEPTH = 500;

/** What SQLAlchemy keeps of a value: nothing for None. */
export function toColumn(json: string): Buffer | null {
  const value = parseJson(json);
  return value === null ? null : pickle(value);
}

/** JSON of what SQLAlchemy kept. What only Python can read stands as a typed value that nobody knows. */
export function fromColumn(
  column: Uint8Array | null,
  what: { readonly id: string; readonly status: string },
): string {
  if (column === null) return 'null';
  try {
    const value = unpickle(column);
    return EXCEPTION_STATES.has(what.status) && value instanceof Made ? errorText(value) : toJson(value);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return unreadable(`${error.message} (task ${what.id}), which only Python can read`);
  }
}

/** An exception as Celery writes it where it does not pickle: with `result_serializer` pickle it keeps it itself. */
function errorText({ by, args }: Made): string {
  const message = args.map((arg) => {
    try {
      return toJson(arg);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return JSON.stringify(error.message);
    }
  });
  const [type, module] = [JSON.stringify(by.name), JSON.stringify(by.module)];
  return `{"exc_type":${type},"exc_message":[${message.join(',')}],"exc_module":${module}}`;
}

/** The object that Celery pickles for a group. It finds its backend by itself. */
export function groupToColumn(tuple: ResultTuple): Buffer {
  return pickle(groupCall(tuple));
}

function groupCall([[id, parent], members]: ResultTuple): Plain {
  const before = parent === null ? null : groupCall(parent);
  if (members === null) return new Call('celery.result', 'AsyncResult', [id, null, null, null, before]);
  return new Call('celery.result', 'GroupResult', [id, members.map(groupCall), before]);
}

/** JSON of the tuple of a group that Python has pickled. */
export function groupFromColumn(column: Uint8Array | null, groupId: string): string {
  if (column === null) return 'null';
  try {
    return stringifyJson(tupleOf(unpickle(column)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return unreadable(`${error.message} (group ${groupId}), which only Python can read`);
  }
}

/** Of a result as Celery pickles it: its backend, which is beside it, is not looked at. */
function tupleOf(value: Pickled, depth = 0): ResultTuple {
  if (depth > MAX_DEPTH) throw new DecodeError(`a pickled group deeper than ${MAX_DEPTH} levels`);
  const { name, args } = resultClass(value);
  const [id, second, third, , fifth] = args;
  const parentOf = (parent: Pickled | undefined) => (parent ? tupleOf(parent, depth + 1) : null);
  if (typeof id === 'string') {
    if (name === 'AsyncResult') return [[id, parentOf(fifth)], null];
    if (name === 'GroupResult' && Array.isArray(second)) {
      return [[id, parentOf(third)], second.map((member) => tupleOf(member, depth + 1))];
    }
  }
  const tuple = Array.isArray(value) ? readResultTuple(value) : undefined;
  if (tuple) return tuple;
  throw new DecodeError(`a pickled ${name || 'value'} where a result should be`);
}

/** A result's class and what it is made of. Those that an app has made name their class by its place in the app. */
function resultClass(value: Pickled): { readonly name: string; readonly args: readonly Pickled[] } {
  if (!(value instanceof Made)) return { name: '', args: [] };
  const { by, args } = value;
  if (by.module === 'celery.result') return { name: by.name, args };
  const [place, rest] = args;
  if (by.module === 'celery.app.base' && by.name === '_unpickle_appattr' && Array.isArray(rest)) {
    return { name: String(place), args: rest };
  }
  return { name: `${by.module}.${by.name}`, args: [] };
}

import type { SignatureDict, StampHeaders, Stamping, StampingVisitor, Stamps } from '@lovage/protocol';
import { InvalidTaskError, stampProblem, stampSignature } from '@lovage/protocol';
import { InvalidCall } from '../errors.ts';

/** How stamps meet those that are there already. */
export interface StampOptions {
  /** A stamp that is there already becomes a list of both, the new one first. Default: it is replaced. */
  readonly append?: boolean;
}

/**
 * The signature with stamps on each of its tasks and on what is linked to them.
 * @throws InvalidCall for stamps that could not travel, and for what is no visitor
 */
export function stamped(
  signature: SignatureDict,
  given: StampHeaders | StampingVisitor,
  options: StampOptions = {},
): SignatureDict {
  try {
    return stampSignature(signature, { ...stampingOf(given), ...options });
  } catch (error) {
    if (!(error instanceof InvalidTaskError)) throw error;
    throw new InvalidCall(`stamping ${signature.task}: ${error.message}`, { cause: error });
  }
}

function stampingOf(given: StampHeaders | StampingVisitor): Stamping {
  if (isVisitor(given)) return { visitor: given };
  if (typeof given !== 'object' || given === null) {
    throw new InvalidCall("stamps must be an object of JSON values, as in { user: 'u1' }, or a visitor");
  }
  const method = Object.entries(given).find(([, value]) => typeof value === 'function');
  if (method) throw new InvalidCall(`a visitor with ${method[0]} needs onSignature(signature, headers) too`);
  return { headers: given };
}

/** Its methods may be those of a class. */
const isVisitor = (given: StampHeaders | StampingVisitor): given is StampingVisitor =>
  typeof (given as Partial<StampingVisitor> | null)?.onSignature === 'function';

/** What keeps stamps from travelling. */
export const stampProblems = (stamps: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(stamps).flatMap(([name, value]) => stampProblem(name, value) ?? []);

/** Answers the stamps. Throws InvalidCall for what could not travel. */
export function checkStamps(stamps: unknown): Stamps {
  if (typeof stamps !== 'object' || stamps === null || Array.isArray(stamps)) {
    throw new InvalidCall("stamps must be an object of JSON values, as in { user: 'u1' }");
  }
  const problems = stampProblems(stamps as Stamps);
  if (problems.length > 0) throw new InvalidCall(problems.join('; '));
  return stamps as Stamps;
}

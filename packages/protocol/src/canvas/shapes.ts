import { InvalidTaskError } from '../errors.ts';
import { isRecord } from '../plain.ts';
import { readSignature, type SignatureDict } from '../signature.ts';
import { isPrepared } from './prepared.ts';

/** What a signature is made of. */
export type Shape = 'task' | 'chain' | 'group' | 'chord';

/**
 * The shape of a signature, by Celery's `subtask_type`. What other types there are (xmap, xstarmap) are plain tasks.
 */
export function shapeOf({ subtask_type: type }: SignatureDict): Shape {
  return type === 'chain' || type === 'group' || type === 'chord' ? type : 'task';
}

/** A call of one task. */
export function plainSignature(
  task: string,
  args: readonly unknown[] = [],
  more: Partial<Pick<SignatureDict, 'kwargs' | 'options' | 'immutable'>> = {},
): SignatureDict {
  return { task, args, kwargs: {}, options: {}, subtask_type: null, immutable: false, ...more };
}

/** One after the other, each given the result of the one before. */
export function chainSignature(
  tasks: readonly SignatureDict[],
  options: SignatureDict['options'] = {},
): SignatureDict {
  return { ...plainSignature('celery.chain'), kwargs: { tasks }, options, subtask_type: 'chain' };
}

/** All at once. */
export function groupSignature(
  tasks: readonly SignatureDict[],
  options: SignatureDict['options'] = {},
): SignatureDict {
  return { ...plainSignature('celery.group'), kwargs: { tasks }, options, subtask_type: 'group' };
}

/** All of the header at once, then the body, given the list of their results. */
export function chordSignature(
  header: readonly SignatureDict[] | SignatureDict,
  body: SignatureDict,
  options: SignatureDict['options'] = {},
): SignatureDict {
  return {
    ...plainSignature('celery.chord'),
    kwargs: { kwargs: {}, header, body },
    options,
    subtask_type: 'chord',
  };
}

/** The task once for each item of a list, in one message: the item is its argument. */
export const mapSignature = (task: SignatureDict, items: readonly unknown[]): SignatureDict =>
  plainSignature('celery.map', [], { kwargs: { task, it: items }, immutable: true });

/** The same, each item being the list of arguments. */
export const starmapSignature = (
  task: SignatureDict,
  items: readonly (readonly unknown[])[],
): SignatureDict => plainSignature('celery.starmap', [], { kwargs: { task, it: items }, immutable: true });

/** The same in as many messages as it takes at `size` items each. */
export const chunksSignature = (
  task: SignatureDict,
  items: readonly (readonly unknown[])[],
  size: number,
): SignatureDict =>
  plainSignature('celery.chunks', [], { kwargs: { task, it: items, n: size }, immutable: true });

/**
 * The steps of a chain or the members of a group.
 * @throws InvalidTaskError where the signature, which may have come over the wire, has none
 */
export function tasksOf(signature: SignatureDict): readonly SignatureDict[] {
  const shape = shapeOf(signature);
  const { tasks } = signature.kwargs;
  if (!Array.isArray(tasks)) {
    throw new InvalidTaskError(shape, `a ${shape} must have a list of signatures in kwargs.tasks`);
  }
  return tasks.map((task, index) => read(task, `${shape}.tasks[${index}]`));
}

/** A chord's header, as the group that it is: Celery writes it as a group or as a list. Throws InvalidTaskError. */
export function headerOf(chord: SignatureDict): SignatureDict {
  const { header } = chord.kwargs;
  if (Array.isArray(header)) {
    return groupSignature(header.map((task, index) => read(task, `chord.header[${index}]`)));
  }
  const group = read(header, 'chord.header');
  // Celery lets a single task be a header too.
  return shapeOf(group) === 'group' ? group : groupSignature([group]);
}

/** A part that is known to be right is taken as it is. */
const read = (value: unknown, where: string): SignatureDict =>
  isPrepared(value) ? value : readSignature(value, where);

/** What follows a chord's header. Throws InvalidTaskError. */
export const bodyOf = (chord: SignatureDict): SignatureDict => read(chord.kwargs['body'], 'chord.body');

/** `celery.chunks` as the group of starmaps that it is sent as; any other signature as it is. */
export function unchunked(signature: SignatureDict): SignatureDict {
  if (signature.task !== 'celery.chunks') return signature;
  const { task, it, n } = signature.kwargs;
  if (!isRecord(task) || !Array.isArray(it) || !Number.isInteger(n) || (n as number) < 1) {
    throw new InvalidTaskError(
      'chunks',
      "chunks must have a 'task', a list 'it' and a whole number 'n' from 1",
    );
  }
  const size = n as number;
  const parts = Array.from({ length: Math.ceil(it.length / size) }, (_, index) =>
    starmapSignature(readSignature(task, 'chunks.task'), it.slice(index * size, (index + 1) * size)),
  );
  return groupSignature(parts, signature.options);
}

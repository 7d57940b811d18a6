/** What must be told to whom when a signature will never run. It may have come over the wire: what of it cannot be read is left out. */
import { InvalidTaskError } from '../errors.ts';
import { isRecord } from '../plain.ts';
import { readSignature, type SignatureDict } from '../signature.ts';
import { eachOnce } from './links.ts';
import { listOf } from './options.ts';
import { bodyOf, headerOf, shapeOf, tasksOf } from './shapes.ts';

/** A task that ends something counts towards a chord: the one whose header the whole is part of. */
export interface ChordPlace {
  readonly taskId: string;
  readonly groupId: string;
  readonly index: number;
  /** The chord's body. */
  readonly body: SignatureDict;
}

/** Every task in a signature that has an id, the one whose result is that of the whole last. */
export function tasksWithin(signature: SignatureDict): readonly SignatureDict[] {
  const parts = [...tasksIn(signature), ...headerIn(signature), ...bodyIn(signature)].flatMap(tasksWithin);
  // Also one in which nothing can be read: somebody waits for its id.
  const own = parts.length === 0 && typeof signature.options['task_id'] === 'string';
  return [...(own ? [signature] : parts), ...restOf(signature).flatMap(tasksWithin)];
}

/** Their ids: whoever waits for the signature waits for one of these. */
export const taskIds = (signature: SignatureDict): readonly string[] =>
  tasksWithin(signature).map(({ options }) => String(options['task_id']));

/** Where the end of a signature counts: nowhere, in one chord, or, where Celery ended a header part in a group, several times. */
export function chordPlaces(signature: SignatureDict): readonly ChordPlace[] {
  switch (shapeOf(signature)) {
    case 'task': {
      const { task_id: taskId, group_id: groupId, group_index: index, chord } = signature.options;
      if (typeof taskId !== 'string' || typeof groupId !== 'string' || !isRecord(chord)) return [];
      const body = readable(() => [readSignature(chord, 'chord')]);
      return body.map((each) => ({
        taskId,
        groupId,
        index: typeof index === 'number' ? index : 0,
        body: each,
      }));
    }
    case 'chain':
      return tasksIn(signature).slice(-1).flatMap(chordPlaces);
    case 'chord':
      return bodyIn(signature).flatMap(chordPlaces);
    case 'group':
      return tasksIn(signature).flatMap(chordPlaces);
  }
}

/** The error callbacks of what would run first, each once: those to call when it never runs. */
export function firstErrbacks(signature: SignatureDict): readonly SignatureDict[] {
  return eachOnce(errbacksOf(signature));
}

/** Its own, which a chain, group or chord that nobody prepared still has, as Celery sends some, and those of its first parts. */
function errbacksOf(signature: SignatureDict): readonly SignatureDict[] {
  const links = listOf(signature.options['link_error']);
  const own = links.flatMap((link, index) => readable(() => [readSignature(link, `link_error[${index}]`)]));
  return [...own, ...errbacksWithin(signature)];
}

function errbacksWithin(signature: SignatureDict): readonly SignatureDict[] {
  switch (shapeOf(signature)) {
    case 'task':
      return [];
    case 'chain':
      return tasksIn(signature).slice(0, 1).flatMap(errbacksOf);
    case 'group':
      return tasksIn(signature).flatMap(errbacksOf);
    case 'chord':
      return [...headerIn(signature), ...bodyIn(signature)].flatMap(errbacksOf);
  }
}

const tasksIn = (signature: SignatureDict): readonly SignatureDict[] => {
  const shape = shapeOf(signature);
  return shape === 'chain' || shape === 'group' ? readable(() => tasksOf(signature)) : [];
};
const headerIn = (signature: SignatureDict): readonly SignatureDict[] =>
  shapeOf(signature) === 'chord' ? readable(() => tasksOf(headerOf(signature))) : [];
const bodyIn = (signature: SignatureDict): readonly SignatureDict[] =>
  shapeOf(signature) === 'chord' ? readable(() => [bodyOf(signature)]) : [];

/** What Celery says in an option that is to follow. */
const restOf = ({ options }: SignatureDict): readonly SignatureDict[] =>
  listOf(options['chain'])
    .toReversed()
    .flatMap((step) => readable(() => [readSignature(step, 'chain')]));

function readable(read: () => readonly SignatureDict[]): readonly SignatureDict[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidTaskError) return [];
    throw error;
  }
}

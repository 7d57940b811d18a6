import type { SignatureDict } from '../signature.ts';
import { bodyOf, chainSignature, chordSignature, headerOf, shapeOf, tasksOf } from './shapes.ts';

/**
 * Celery's `|`: what the left gives is given to the right. A group followed by anything is a chord, what follows a
 * chord belongs to its body (wire spec 6.3); anything else is a chain, which grows.
 * A group of one stays a group here, where Celery takes the task out of it: what follows is given a list, whatever
 * the number of its members.
 */
export function pipe(left: SignatureDict, right: SignatureDict): SignatureDict {
  switch (shapeOf(left)) {
    case 'group':
      return chordSignature(left, right);
    case 'chord':
      return chordSignature(headerOf(left), pipe(bodyOf(left), right), left.options);
    case 'chain': {
      // Options of a chain are its own: two are joined only where there are none.
      const steps = Object.keys(left.options).length === 0 ? tasksOf(left) : [left];
      const last = steps.at(-1);
      const grows = last && (shapeOf(last) === 'group' || shapeOf(last) === 'chord') && steps.length > 1;
      if (grows) return chainSignature([...steps.slice(0, -1), pipe(last, right)]);
      return chainSignature([...steps, ...stepsOf(right)]);
    }
    case 'task':
      return chainSignature([left, ...stepsOf(right)]);
  }
}

const stepsOf = (signature: SignatureDict): readonly SignatureDict[] =>
  shapeOf(signature) === 'chain' && Object.keys(signature.options).length === 0
    ? tasksOf(signature)
    : [signature];

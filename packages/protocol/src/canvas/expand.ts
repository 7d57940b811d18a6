import type { SignatureDict } from '../signature.ts';
import { type Freezing, freeze } from './freeze.ts';
import { changeTail, tailOf, withArguments, withOptions } from './options.ts';
import { type ResultTuple, resultOf } from './result-tuple.ts';
import { bodyOf, chainSignature, headerOf, shapeOf, tasksOf, unchunked } from './shapes.ts';

/** By whom and with what a signature is applied. */
export interface Applying extends Freezing {
  /** Put before the arguments of its first tasks, unless they are immutable. */
  readonly args?: readonly unknown[];
  /** Over the keyword arguments of its first tasks, unless they are immutable. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** The task that applies it, or that ran before it. */
  readonly parentId?: string | undefined;
  readonly rootId?: string | undefined;
}

/** A chord whose header is among the calls. */
export interface ChordToOpen {
  readonly id: string;
  /** The ids of the tasks whose ends are its parts, in order. */
  readonly members: readonly string[];
  readonly body: SignatureDict;
  /** The workflow within which it was begun, if it was. */
  readonly rootId?: string | undefined;
}

/** What must be done to start a workflow: open the chords, then send the calls, in their order. */
export interface Expansion {
  /** One signature of a plain task for each message. Whatever follows it is in its options, as Celery has it there. */
  readonly calls: readonly SignatureDict[];
  readonly chords: readonly ChordToOpen[];
  readonly result: ResultTuple;
}

/**
 * Freezes a signature and answers all that is to be sent of it now.
 * @throws InvalidTaskError for what is no signature, or a chain without steps
 */
export function expand(signature: SignatureDict, applying: Applying): Expansion {
  const whole = freeze(signature, applying);
  const calls: SignatureDict[] = [];
  const chords: ChordToOpen[] = [];
  const { parentId, rootId } = applying;
  const ids = { ...(parentId && { parent_id: parentId }), ...(rootId && { root_id: rootId }) };
  send(whole, applying.args ?? [], applying.kwargs ?? {});
  return { calls, chords, result: resultOf(whole) };

  function send(step: SignatureDict, args: readonly unknown[], kwargs: SignatureDict['kwargs']): void {
    switch (shapeOf(step)) {
      case 'task':
        calls.push(withOptions(withArguments(step, args, kwargs), ids));
        return;
      case 'chain': {
        // Prepared: only its last step may be a group or chord.
        const [first, ...rest] = tasksOf(step) as [SignatureDict, ...SignatureDict[]];
        send(withOptions(first, { chain: rest.toReversed() }), args, kwargs);
        return;
      }
      case 'group': {
        const place = { group_id: step.options['task_id'] };
        for (const member of tasksOf(step)) send(placed(member, place), args, kwargs);
        return;
      }
      case 'chord': {
        const members = tasksOf(headerOf(step));
        if (members.length === 0) {
          send(bodyOf(step), [[]], {});
          return;
        }
        const id = String(step.options['task_id']);
        const body = bodyOf(step);
        const ends = members.map((member) => String(tailOf(member)?.options['task_id']));
        chords.push({ id, members: ends, body, rootId });
        const place = { group_id: id, chord: body };
        for (const member of members) send(placed(member, place), args, kwargs);
      }
    }
  }
}

const placed = (member: SignatureDict, place: SignatureDict['options']): SignatureDict =>
  changeTail(member, (task) => withOptions(task, place));

/**
 * What is left of a chain, its next step last as the wire keeps it, applied as one.
 * A plain step takes the rest with it as it is.
 */
export function expandRest(rest: readonly SignatureDict[], applying: Applying): Expansion {
  const steps = rest.toReversed();
  const next = steps[0]!;
  if (shapeOf(unchunked(next)) !== 'task') return expand(chainSignature(steps), applying);
  return expand(withOptions(next, { chain: rest.slice(0, -1) }), applying);
}

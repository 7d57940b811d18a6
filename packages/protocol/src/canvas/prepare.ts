import { InvalidTaskError } from '../errors.ts';
import { readSignature, type SignatureDict } from '../signature.ts';
import {
  callOptions,
  changeTail,
  lastingOptions,
  listOf,
  tailOf,
  withArguments,
  withLinks,
  withOptions,
} from './options.ts';
import { isPrepared, markPrepared } from './prepared.ts';
import {
  bodyOf,
  chainSignature,
  chordSignature,
  groupSignature,
  headerOf,
  plainSignature,
  shapeOf,
  tasksOf,
  unchunked,
} from './shapes.ts';

/** What the app that sends a workflow has decided of it. */
export interface Preparing {
  /** Celery's `task_allow_error_cb_on_chord_header`: what is called when a chord fails is called by its header's tasks too. */
  readonly errbacksOnHeaders?: boolean | undefined;
}

/**
 * A signature in the form in which it can be sent, by Celery's upgrade rules (wire spec 6.3): chains within chains and
 * groups within groups are flattened; what follows a group makes it a chord; what follows a chord becomes part of its
 * body. Options of the whole are handed to its tasks. Preparing what is prepared changes nothing.
 * @throws InvalidTaskError for a signature that is not one, or a chain without steps
 */
export const prepare = (signature: SignatureDict, rules: Preparing = {}): SignatureDict =>
  isPrepared(signature) ? signature : markPrepared(prepared(signature, rules));

function prepared(signature: SignatureDict, rules: Preparing): SignatureDict {
  const shape = shapeOf(signature);
  const rest = shape === 'task' ? [] : listOf(signature.options['chain']);
  if (rest.length > 0) {
    // Celery says in an option what follows a chain, group or chord, the next step last, as it does of tasks.
    const whole = { ...signature, options: { ...signature.options, chain: null } };
    const steps = rest.map((step, index) => readSignature(step, `chain[${index}]`));
    return prepare(chainSignature([whole, ...steps.toReversed()]), rules);
  }
  switch (shape) {
    case 'task': {
      const whole = unchunked(signature);
      return whole === signature ? signature : prepare(whole, rules);
    }
    case 'chain':
      return prepareChain(signature, rules);
    case 'group':
      return prepareGroup(signature, rules);
    case 'chord':
      return prepareChord(signature, rules);
  }
}

function prepareChain(chain: SignatureDict, rules: Preparing): SignatureDict {
  const { options } = chain;
  const [head, ...others] = flatSteps(chain, rules);
  if (!head) throw new InvalidTaskError('chain', 'a chain must have at least one step');
  // Celery gives what is said of a chain's call to its first task only.
  const first = withOptions(withArguments(head, chain.args, {}), callOptions(options));
  let steps = upgraded([first, ...others], rules);
  const errbacks = listOf(options['link_error']);
  if (errbacks.length > 0) steps = steps.map((step) => linkErrors(step, errbacks, rules));
  if (options['task_id'] || listOf(options['link']).length > 0) {
    const last = changeTail(steps.at(-1)!, (task) => named(linked(task, options), options));
    steps = [...steps.slice(0, -1), last];
  }
  return steps.length === 1 ? steps[0]! : chainSignature(steps);
}

/** The steps, those of chains within it in their places. */
function flatSteps(chain: SignatureDict, rules: Preparing): SignatureDict[] {
  return tasksOf(chain).flatMap((step) => {
    if (shapeOf(step) !== 'chain') return [unchunked(step)];
    const simple = Object.keys(step.options).length === 0 && step.args.length === 0;
    const whole = simple ? step : prepare(step, rules);
    return shapeOf(whole) === 'chain' ? flatSteps(whole, rules) : [whole];
  });
}

/** From the end, so that each group and chord takes up all that follows it. */
function upgraded(steps: readonly SignatureDict[], rules: Preparing): SignatureDict[] {
  let rest: SignatureDict[] = [];
  for (const step of steps.toReversed()) {
    const shape = shapeOf(step);
    if (rest.length > 0 && shape === 'group') {
      rest = [markPrepared(prepareChord(chordSignature(step, asOne(rest), gidOf(step)), rules))];
    } else if (rest.length > 0 && shape === 'chord') {
      // What is said of the chord is said of its own body, not of what follows that.
      const { options, kwargs } = prepareChord(step, rules);
      const body = chainSignature([kwargs['body'] as SignatureDict, ...rest]);
      const whole = chordSignature(kwargs['header'] as SignatureDict, body, options);
      rest = [markPrepared(prepareChord(whole, rules))];
    } else {
      rest.unshift(prepare(step, rules));
    }
  }
  return rest;
}

const asOne = (steps: readonly SignatureDict[]): SignatureDict =>
  steps.length === 1 ? steps[0]! : chainSignature(steps);

const gidOf = ({ options }: SignatureDict): SignatureDict['options'] =>
  typeof options['task_id'] === 'string' ? { task_id: options['task_id'] } : {};

function prepareGroup(group: SignatureDict, rules: Preparing): SignatureDict {
  const { options } = group;
  const forAll = callOptions(options);
  const errbacks = listOf(options['link_error']);
  const members = flatMembers(group, rules).flatMap((member) => {
    const given = withOptions(withArguments(member, group.args, {}), forAll);
    const whole = prepare(linkErrors(given, errbacks, rules), rules);
    // A chain of one group is that group, here as when a worker prepares it again.
    return shapeOf(whole) === 'group' ? tasksOf(whole) : [whole];
  });
  const links = listOf(options['link']);
  // A group ends nowhere: Celery hangs what is linked to it on its first task.
  if (links.length > 0 && members[0]) {
    members[0] = changeTail(members[0], (task) => withLinks(task, 'link', links));
  }
  return groupSignature(members, gidOf(group));
}

/** In the order in which they stand, where Celery turns the members of a group within a group around. */
function flatMembers(group: SignatureDict, rules: Preparing): SignatureDict[] {
  return tasksOf(group).flatMap((each) => {
    const member = unchunked(each);
    return shapeOf(member) === 'group' ? tasksOf(prepareGroup(member, rules)) : [member];
  });
}

function prepareChord(chord: SignatureDict, rules: Preparing): SignatureDict {
  const { options } = chord;
  const forAll = callOptions(options);
  const errbacks = listOf(options['link_error']);
  const header = headerOf(chord);
  const whole = {
    ...header,
    args: [...chord.args, ...header.args],
    options: { ...header.options, ...forAll },
  };
  const group = prepareGroup(linkHeaderErrors(whole, errbacks, rules), rules);
  let body = prepare(withOptions(bodyOf(chord), lastingOptions(forAll)), rules);
  body = linkErrors(body, errbacks, rules);
  if (listOf(options['link']).length > 0) body = changeTail(body, (task) => linked(task, options));
  const id = gidOf(chord);
  const own = { ...group.options, ...id };
  return chordSignature(
    groupSignature(
      tasksOf(group).map((member) => withEnd(member, rules)),
      own,
    ),
    body,
    own,
  );
}

/**
 * A part of a header must have one task that ends it. One that ends in a group gets `celery.accumulate` behind it,
 * which gathers its results into a list, as Celery itself does where a group replaces a task.
 */
function withEnd(member: SignatureDict, rules: Preparing): SignatureDict {
  if (tailOf(member)) return member;
  const gather = plainSignature('celery.accumulate', [], { kwargs: { index: 0 } });
  return prepare(chainSignature([member, gather]), rules);
}

/**
 * What an error callback is added to, so that it is called once for each failure of the whole: every step of a chain,
 * every member of a group, the body of a chord, which fails with its header.
 */
function linkErrors(signature: SignatureDict, errbacks: readonly unknown[], rules: Preparing): SignatureDict {
  if (errbacks.length === 0) return signature;
  const { args, options } = signature;
  const linkAll = () => tasksOf(signature).map((task) => linkErrors(task, errbacks, rules));
  switch (shapeOf(signature)) {
    case 'task':
      return withLinks(signature, 'link_error', errbacks);
    case 'chain':
      return { ...chainSignature(linkAll(), options), args };
    case 'group':
      return { ...groupSignature(linkAll(), options), args };
    case 'chord': {
      const header = linkHeaderErrors(headerOf(signature), errbacks, rules);
      const body = linkErrors(bodyOf(signature), errbacks, rules);
      return { ...chordSignature(header, body, options), args };
    }
  }
}

const linkHeaderErrors = (header: SignatureDict, errbacks: readonly unknown[], rules: Preparing) =>
  rules.errbacksOnHeaders ? linkErrors(header, errbacks, rules) : header;

const linked = (task: SignatureDict, options: SignatureDict['options']): SignatureDict =>
  withLinks(task, 'link', listOf(options['link']));

/** The id that a chain was given is that of its result. */
const named = (task: SignatureDict, options: SignatureDict['options']): SignatureDict =>
  typeof options['task_id'] === 'string' ? withOptions(task, { task_id: options['task_id'] }) : task;

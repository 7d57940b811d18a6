/**
 * Celery's stamping: marks every task of a workflow and all that is linked to them, asking a visitor on the way (wire
 * spec 6.11). Where Celery does other than it documents, this does what is documented: of two who name one stamp the one
 * nearer to the task counts, a chord's body is stamped without a visitor too, and no link has the stamps of another.
 */
import { readSignature, type SignatureDict } from '../signature.ts';
import { listOf, withOptions } from './options.ts';
import { bodyOf, headerOf, shapeOf, tasksOf } from './shapes.ts';
import { marked, NOTHING_SAID, type Said, saidToo, shown } from './stamp-headers.ts';
import type { StampAnswer, StampHeaders, StampingVisitor } from './stamping-visitor.ts';
import { type Stamps, stampOptions } from './stamps.ts';

/** How a signature is stamped. */
export interface Stamping {
  /** What is said of all of it. */
  readonly headers?: StampHeaders;
  readonly visitor?: StampingVisitor;
  /** A stamp that is there already becomes a list of both. Otherwise it is replaced. */
  readonly append?: boolean;
}

/**
 * The signature, stamped: each of its tasks, and all that is linked to them.
 * @throws InvalidTaskError for a stamp that cannot travel, and for a name without a value
 */
export function stampSignature(signature: SignatureDict, stamping: Stamping): SignatureDict {
  const { headers, visitor = SILENT, append = false } = stamping;
  return stamped(signature, saidToo(NOTHING_SAID, headers, append), { visitor, append });
}

/** The signature with stamps on its tasks, not on what is linked to them. A stamp that a task has stays as it is. */
export function stampTasks(signature: SignatureDict, stamps: Stamps): SignatureDict {
  const each = (part: SignatureDict) => stampTasks(part, stamps);
  switch (shapeOf(signature)) {
    case 'task':
      return withOptions(signature, stampOptions(stamps));
    case 'chain':
    case 'group':
      return withTasks(signature, each);
    case 'chord':
      return withBody(withHeader(signature, withTasks(headerOf(signature), each)), each);
  }
}

interface Walk {
  readonly visitor: StampingVisitor;
  readonly append: boolean;
}

const SILENT: StampingVisitor = { onSignature: () => undefined };

function stamped(signature: SignatureDict, said: Said, walk: Walk): SignatureDict {
  const { visitor, append } = walk;
  const within = (answer: StampAnswer) => saidToo(said, answer, append);
  const each = (inside: Said) => (part: SignatureDict) => stamped(part, inside, walk);

  switch (shapeOf(signature)) {
    case 'task': {
      const task = withLinksStamped(signature, said, walk);
      return marked(task, within(visitor.onSignature(task, shown(said))), append);
    }
    case 'chain': {
      const inside = within(visitor.onChainStart?.(signature, shown(said)));
      const chain = withTasks(withLinksStamped(signature, inside, walk), each(inside));
      visitor.onChainEnd?.(chain, shown(inside));
      return chain;
    }
    case 'group': {
      const inside = within(visitor.onGroupStart?.(signature, shown(said)));
      const group = withTasks(withLinksStamped(signature, inside, walk), each(inside));
      visitor.onGroupEnd?.(group, shown(inside));
      return group;
    }
    case 'chord': {
      const inside = within(headerStart(visitor, signature, said));
      const header = withTasks(withLinksStamped(headerOf(signature), inside, walk), each(inside));
      const chord = withHeader(signature, header);
      headerEnd(visitor, chord, inside);
      const after = saidToo(inside, visitor.onChordBody?.(chord, shown(inside)), append);
      // What is linked to a chord follows its body.
      return withBody(withLinksStamped(chord, after, walk), each(after));
    }
  }
}

const headerStart = (visitor: StampingVisitor, chord: SignatureDict, said: Said): StampAnswer =>
  visitor.onChordHeaderStart
    ? visitor.onChordHeaderStart(chord, shown(said))
    : visitor.onGroupStart?.(headerOf(chord), shown(said));

const headerEnd = (visitor: StampingVisitor, chord: SignatureDict, inside: Said): void =>
  visitor.onChordHeaderEnd
    ? visitor.onChordHeaderEnd(chord, shown(inside))
    : visitor.onGroupEnd?.(headerOf(chord), shown(inside));

function withLinksStamped(signature: SignatureDict, said: Said, walk: Walk): SignatureDict {
  const { visitor, append } = walk;
  const all = (name: 'link' | 'link_error', about: (link: SignatureDict) => StampAnswer) => {
    const links = listOf(signature.options[name]).map((link, at) => readSignature(link, `${name}[${at}]`));
    return links.map((link) => stamped(link, saidToo(said, about(link), append), walk));
  };
  const link = all('link', (each) => visitor.onCallback?.(each, shown(said)));
  const errors = all('link_error', (each) => visitor.onErrback?.(each, shown(said)));
  if (link.length === 0 && errors.length === 0) return signature;
  return withOptions(signature, {
    ...(link.length > 0 && { link }),
    ...(errors.length > 0 && { link_error: errors }),
  });
}

type Change = (part: SignatureDict) => SignatureDict;

const withTasks = (whole: SignatureDict, change: Change): SignatureDict => ({
  ...whole,
  kwargs: { ...whole.kwargs, tasks: tasksOf(whole).map(change) },
});

const withHeader = (chord: SignatureDict, header: SignatureDict): SignatureDict => ({
  ...chord,
  kwargs: { ...chord.kwargs, header },
});

const withBody = (chord: SignatureDict, change: Change): SignatureDict => ({
  ...chord,
  kwargs: { ...chord.kwargs, body: change(bodyOf(chord)) },
});

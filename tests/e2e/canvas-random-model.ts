/** What a random workflow comes to, by the rules as people know them. */
import { leafResult } from './canvas-random-tasks.ts';
import type { Kind, Leaf, Tree } from './canvas-random-tree.ts';
import { leavesOf, TROUBLES } from './canvas-random-tree.ts';

/** 'either' where what races decides. */
export function endOf(of: Tree): 'succeeds' | 'fails' | 'either' {
  const leaves = leavesOf(of);
  if (leaves.some(isTrouble)) return 'fails';
  return leaves.some(({ kind }) => kind === 'raced') ? 'either' : 'succeeds';
}

const troubles: ReadonlySet<Kind> = new Set(TROUBLES);
const isTrouble = ({ kind }: Leaf): boolean => troubles.has(kind);

/** What the body of a chord is given whose header is these parts. */
export const headerValues = (parts: readonly Tree[]): unknown[] =>
  members(parts).map((part) => modelOf(part, []));

/** What a tree that succeeds gives when it is given `before`: nothing, or one value. */
function modelOf(of: Tree, before: readonly unknown[]): unknown {
  if ('label' in of) return leafValue(of, before);
  if (of.kind === 'chain') return of.parts.reduce((given, part) => [modelOf(part, given)], before)[0];
  const values = members(of.parts).map((part) => modelOf(part, before));
  return 'body' in of ? modelOf(of.body, [values]) : values;
}

function leafValue({ kind, label }: Leaf, before: readonly unknown[]): unknown {
  const own = leafResult(label, before);
  if (kind === 'becomesGroup') return [own, own];
  return kind === 'becomesChain' ? leafResult(label, [own]) : own;
}

/** Groups directly within groups are one group; a chain of one is what it is of. */
const members = (parts: readonly Tree[]): readonly Tree[] =>
  parts.map(unchained).flatMap((part) => (part.kind === 'group' ? members(part.parts) : [part]));

const unchained = (of: Tree): Tree =>
  of.kind === 'chain' && of.parts.length === 1 ? unchained(of.parts[0]!) : of;

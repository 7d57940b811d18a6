/** Workflows as trees, and how random ones are made. */
import fc from 'fast-check';

/** How a leaf comes to its value. */
const SUCCEEDING = [
  'ok',
  'retriesOnce',
  'retriesThrice',
  'becomesTask',
  'becomesChain',
  'becomesGroup',
] as const;

/** How it comes to none. */
export const TROUBLES = [
  'fails',
  'failsAfterRetries',
  'expired',
  /** No worker knows its task. */
  'unknown',
  /** It replaces itself by a group, of which one member fails. */
  'becomesFailing',
  'revokedBefore',
  /** Revoked while its message waits in a queue. */
  'revokedWaiting',
  /** Revoked with `terminate` while it runs. */
  'terminated',
] as const;

export type Trouble = (typeof TROUBLES)[number];
/** 'raced': revoked at some moment while the workflow runs, so that it comes to its value or not. */
export type Kind = (typeof SUCCEEDING)[number] | Trouble | 'raced';

export interface Leaf {
  readonly kind: Kind;
  /** Acknowledged before it runs. */
  readonly early: boolean;
  /** Leaves are counted from 0, in the order in which they are written. */
  readonly label: number;
}
export type Tree =
  | Leaf
  | { readonly kind: 'chain' | 'group'; readonly parts: readonly Tree[] }
  | { readonly kind: 'chord'; readonly parts: readonly Tree[]; readonly body: Tree };

/** A workflow, and when what races is revoked. */
export interface Plan {
  readonly tree: Tree;
  /** So many tasks have begun then. */
  readonly revokeAfter: number;
}

export interface Bounds {
  readonly leaves: number;
  readonly troubles: readonly (Trouble | 'raced')[];
  /** Some leaves are acknowledged before they run. */
  readonly early: boolean;
}

const DEPTH = 4;
const FAN_OUT = 20;

/** Some leaf, whatever their number, that is not just ok. */
interface Special {
  readonly at: number;
  readonly kind: Kind;
}

/**
 * Trees of at most 4 levels and 20 parts each. What is special about leaves is made beside the tree, so that a failing
 * workflow shrinks to the leaf that matters; and what goes wrong beside that, so that half of the workflows succeed
 * however large they are.
 */
export function plans({ leaves, troubles, early }: Bounds): fc.Arbitrary<Plan> {
  const special = (
    kinds: readonly Kind[],
    lengths: { readonly minLength?: number; readonly maxLength: number },
  ) =>
    fc.array(fc.record<Special>({ at: fc.nat(1000), kind: fc.constantFrom(...kinds) }), {
      ...lengths,
      size: 'max',
    });
  return fc
    .record({
      tree: trees,
      specials: special(SUCCEEDING, { maxLength: 20 }),
      wrong: fc.oneof(fc.constant<Special[]>([]), special(troubles, { minLength: 1, maxLength: 4 })),
      early: fc.array(fc.nat(1000), { maxLength: early ? 20 : 0, size: 'max' }),
      revokeAfter: fc.nat(40),
    })
    .map(({ tree, specials, wrong, early, revokeAfter }) => {
      const numbered = numberedTree(tree, leaves);
      const count = Math.max(1, leavesOf(numbered).length);
      const kinds = new Map([...specials, ...wrong].map(({ at, kind }) => [at % count, kind]));
      const acksEarly = new Set(early.map((at) => at % count));
      const told = withLeaves(numbered, (leaf) => ({
        ...leaf,
        kind: kinds.get(leaf.label) ?? 'ok',
        early: acksEarly.has(leaf.label),
      }));
      return readable({ tree: told, revokeAfter });
    });
}

const { tree: trees } = fc.letrec<{ tree: Tree; leaf: Tree; parts: Tree[] }>((tie) => ({
  leaf: fc.constant({ kind: 'ok', early: false, label: 0 }),
  parts: fc.oneof(
    { weight: 3, arbitrary: fc.array(tie('tree'), { maxLength: 4 }) },
    fc.array(tie('tree'), { maxLength: FAN_OUT, size: 'max' }),
  ),
  tree: fc.oneof(
    { maxDepth: DEPTH, withCrossShrink: true },
    { weight: 1, arbitrary: tie('leaf') },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('chain', 'group'), parts: tie('parts') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('chord' as const),
        parts: tie('parts'),
        body: tie('tree'),
      }),
    },
  ),
}));

/** The tree with its leaves numbered; those beyond `most` are left out. */
function numberedTree(of: Tree, most: number): Tree {
  let label = 0;
  const some = (parts: readonly Tree[]): Tree[] => parts.flatMap((part) => number(part) ?? []);
  const number = (part: Tree): Tree | undefined => {
    if ('label' in part) return label < most ? { ...part, label: label++ } : undefined;
    const parts = some(part.parts);
    if (part.kind === 'group') return { ...part, parts };
    if (part.kind === 'chain') {
      // A chain without steps is none.
      return parts.length === 0 ? undefined : { ...part, parts };
    }
    const body = 'body' in part ? number(part.body) : undefined;
    return body ? { kind: 'chord', parts, body } : { kind: 'group', parts };
  };
  return number(of) ?? { kind: 'group', parts: [] };
}

function withLeaves(of: Tree, change: (leaf: Leaf) => Leaf): Tree {
  if ('label' in of) return change(of);
  const parts = of.parts.map((part) => withLeaves(part, change));
  return 'body' in of ? { ...of, parts, body: withLeaves(of.body, change) } : { ...of, parts };
}

export function leavesOf(of: Tree): readonly Leaf[] {
  if ('label' in of) return [of];
  return [...of.parts.flatMap(leavesOf), ...('body' in of ? leavesOf(of.body) : [])];
}

/** As one would write it: `chord([ok(0), chain(fails(1), ok(2))], ok(3))`. */
export function written(of: Tree): string {
  if ('label' in of) return `${of.kind}(${of.label}${of.early ? ', early' : ''})`;
  const parts = of.parts.map(written).join(', ');
  if ('body' in of) return `chord([${parts}], ${written(of.body)})`;
  return of.kind === 'chain' ? `chain(${parts})` : `group([${parts}])`;
}

/** fast-check prints a counterexample so. */
const readable = (plan: Plan): Plan =>
  Object.assign(plan, {
    [fc.toStringMethod]: () => {
      const races = leavesOf(plan.tree).some(({ kind }) => kind === 'raced');
      return `${written(plan.tree)}${races ? `, revoked after ${plan.revokeAfter} tasks` : ''}`;
    },
  });

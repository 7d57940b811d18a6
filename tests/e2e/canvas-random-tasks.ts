/** The tasks of random workflows, and how a tree is built of them. */
import { createHash } from 'node:crypto';
import type { AnyWorkflow } from '@lovage/app';
import { chain, chord, group, type Lovage, type TaskSelf } from 'lovage';
import type { Leaf, Tree } from './canvas-random-tree.ts';

const LEAF = 'random.leaf';
const EARLY_LEAF = 'random.leaf_early';
/** Where leaves wait that are to be revoked while they wait. */
export const HELD_QUEUE = 'held';

/** What a leaf is told of itself. */
type Told = Pick<Leaf, 'kind' | 'label'>;

/** Defines what leaves run. `begun` is awaited at the beginning of each run. */
export function defineLeaves(app: Lovage, begun: (self: TaskSelf, told: Told) => Promise<void>): void {
  const run = async (self: TaskSelf, args: readonly unknown[]): Promise<unknown> => {
    const told = args.at(-1) as Told;
    const before = args.slice(0, -1);
    await begun(self, told);
    return conclude(app, self, told, before);
  };
  app.task({ name: LEAF, bind: true, acksLate: true, maxRetries: 3 }, (self, ...args: unknown[]) =>
    run(self, args),
  );
  app.task({ name: EARLY_LEAF, bind: true, acksLate: false, maxRetries: 3 }, (self, ...args: unknown[]) =>
    run(self, args),
  );
}

function conclude(app: Lovage, self: TaskSelf, { kind, label }: Told, before: readonly unknown[]): unknown {
  const { retries } = self.request;
  const leaf = (...given: readonly unknown[]) => app.signature(LEAF, [...given, { kind: 'ok', label }]);
  switch (kind) {
    case 'fails':
      throw new Error(`leaf ${label}`);
    case 'failsAfterRetries':
      return self.retry({ exc: new Error(`leaf ${label}`), countdown: 0 });
    case 'retriesOnce':
      if (retries < 1) self.retry({ countdown: 0 });
      break;
    case 'retriesThrice':
      if (retries < 3) self.retry({ countdown: retries === 1 ? 0.02 : 0 });
      break;
    case 'becomesTask':
      return self.replace(leaf(...before));
    case 'becomesChain':
      return self.replace(chain(leaf(...before), leaf()));
    case 'becomesGroup':
      return self.replace(group([leaf(...before), leaf(...before)]));
    case 'becomesFailing':
      return self.replace(group([leaf(), app.signature(LEAF, [{ kind: 'fails', label }])]));
  }
  return leafResult(label, before);
}

/** Of a leaf that is given `before`: nothing, or one value. As short as it may be: each level holds the one before. */
export function leafResult(label: number, before: readonly unknown[]): unknown {
  if (before.length === 0) return label;
  const text = JSON.stringify(before[0]);
  return [label, text.length <= 60 ? before[0] : createHash('sha1').update(text).digest('base64')];
}

/** The workflow that a tree stands for. `id` says under which id a leaf runs. */
export function build(app: Lovage, of: Tree, id: (leaf: Leaf) => string): AnyWorkflow {
  if ('label' in of) return leafSignature(app, of).set({ taskId: id(of) });
  const parts = of.parts.map((part) => build(app, part, id));
  if (of.kind === 'chain') return (chain as (...steps: AnyWorkflow[]) => AnyWorkflow)(...parts);
  return 'body' in of ? chord(parts, build(app, of.body, id) as never) : group(parts);
}

function leafSignature(app: Lovage, { kind, label, early }: Leaf) {
  const task = kind === 'unknown' ? 'random.nobody' : early ? EARLY_LEAF : LEAF;
  const signature = app.signature(task, [{ kind, label }]);
  if (kind === 'expired') return signature.set({ expires: new Date(Date.now() - 1000) });
  return kind === 'revokedWaiting' ? signature.set({ queue: HELD_QUEUE }) : signature;
}

/** Workflows as Celery's client and workers sent all of their messages, and as our rules make them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  chainSignature as chain,
  childrenOf,
  chordSignature as chord,
  expand,
  groupSignature as group,
  mapSignature,
  plainSignature,
  readBody,
  readHeaders,
  readKombu,
  readMeta,
  type SignatureDict,
  taskIds,
} from '@lovage/protocol';
import { bare, renamed } from './canvas-bare.ts';
import { runAll, type Sent, type Tasks } from './canvas-runs.ts';
import { type Capture, capture, metaTexts, VERSIONS } from './captures.ts';

const add = (...args: number[]) => plainSignature('tasks.add', args);
const mul = (...args: number[]) => plainSignature('tasks.mul', args);
const tsum = plainSignature('tasks.tsum');
const fail = plainSignature('tasks.fail', ['x']);
const [errNew, errOld, errBound] = ['new', 'old', 'bound'].map((style) =>
  plainSignature(`tasks.err_${style}`),
);

const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0);
const TASKS: Tasks = {
  'tasks.add': (x: number, y: number) => x + y,
  'tasks.mul': (x: number, y: number) => x * y,
  'tasks.tsum': sum,
  'tasks.fail': (text: string) => {
    throw new RangeError(text);
  },
  'tasks.err_new': () => null,
  'tasks.err_old': (id: string) => id,
  'tasks.err_bound': (id: string) => [id],
  'tasks.echo': () => null,
  'other.lang.task': () => null,
  'celery.accumulate': (list: unknown[]) => list,
  'celery.map': ({ it }: { it: number[][] }) => it.map(sum),
};

/** Every workflow that was captured while workers ran it, as we write it. Replaced and added tasks are the app's. */
const WORKFLOWS: Readonly<Record<string, SignatureDict>> = {
  '27-exec-chain3': chain([add(1, 2), add(3), add(4)]),
  '27b-exec-chain-fail': chain([fail, add(3), add(4)], { link_error: [errNew, errOld] }),
  '28-exec-group3': group([add(0, 0), add(1, 1), add(2, 2)]),
  '29-exec-chord3': chord([add(0, 0), add(1, 1), add(2, 2)], tsum),
  '29b-exec-chord-error': chord([add(1, 1), fail, add(2, 2)], { ...tsum, options: { link_error: [errNew] } }),
  '29c-exec-chord-nested': chord([chord([add(1, 1), add(2, 2)], tsum), add(3, 3)], tsum),
  '29d-exec-chord-chain-header': chord([chain([add(1, 1), add(10)]), add(5, 5)], tsum),
  '30-exec-chain-group-task': chain([add(1, 2), group([add(10), add(20)]), tsum]),
  '30b-exec-chain-group-task-task': chain([add(1, 2), group([add(10), add(20)]), tsum, add(1000)]),
  '31-exec-link': plainSignature('tasks.add', [1, 2], {
    options: { link: [mul(10), { ...mul(1, 1), immutable: true }] },
  }),
  '31b-exec-link-error': plainSignature('tasks.fail', ['x'], {
    options: { link_error: [errNew, errOld, errBound, plainSignature('other.lang.task', ['pre'])] },
  }),
  '39-exec-map': mapSignature(tsum, [[1, 2], [3]]),
};

const ACCEPT = { accept: new Set(['application/json']), maxBytes: 1 << 20 };

/** The messages of a capture in which every command was recorded, in the order in which they were sent. */
function captured({ raw }: Capture): readonly Sent[] {
  const { commands } = raw as { commands: readonly ([number, number, string[]] | { argv?: string[] })[] };
  return commands
    .map((command) => ('argv' in command ? command.argv : (command as [number, number, string[]])[2]))
    .filter((argv): argv is string[] => Array.isArray(argv) && argv[0] === 'LPUSH')
    .map((argv) => {
      const { envelope } = readKombu(argv.at(-1)!);
      const { task, id, parentId, rootId, groupIndex } = readHeaders(envelope);
      const { args, kwargs, embed } = readBody(envelope, ACCEPT);
      const { callbacks, errbacks, chain: rest, chord: body } = embed;
      const embedded = { callbacks, errbacks, chain: rest, chord: body };
      const index = body ? groupIndex : null;
      return { task, id, args, kwargs, parent: parentId, root: rootId, index, embed: embedded } as Sent;
    });
}

const metasOf = (each: Capture) => metaTexts(each).map((text) => readMeta(new TextEncoder().encode(text)));

/**
 * The messages in an order of their own, each id told by the task and the arguments that have it. Which part completed
 * a header, and so is the parent and may be the root of its body, is chance. Of a body that a task began, Celery also
 * says in the header whose root and parent it has, which the part that completes it knows; and that nothing follows it.
 */
function comparable(messages: readonly Sent[]): readonly unknown[] {
  const names = new Map(messages.map(({ id, task, args }) => [id, `${task} ${JSON.stringify(args)}`]));
  const parts = new Set(messages.filter(({ index }) => index !== null).map(({ id }) => id));
  const bodies = new Set(
    messages.flatMap(({ embed }) => (embed.chord ? taskIds(embed.chord as SignatureDict) : [])),
  );
  const told = messages.map(({ embed, parent, root, ...message }) => ({
    ...message,
    embed: unrooted(bare(embed), bodies.has(message.id)),
    parent: bodies.has(message.id) ? 'a part' : parent,
    root: parent !== null && parts.has(root) ? 'a part' : root,
  }));
  return told.map((message) => JSON.stringify(sorted(message)).replaceAll(UUID, named)).sort();

  function named(id: string): string {
    const name = names.get(id) ?? 'an id';
    return name.replaceAll(UUID, 'an id').replaceAll('"', "'");
  }
}

const unrooted = (embed: unknown, isBody: boolean): unknown => {
  const { chain: rest, ...others } = embed as Sent['embed'];
  const text = JSON.stringify({ ...others, chain: isBody && (rest as [])?.length === 0 ? null : rest });
  return JSON.parse(text, (name, value) => {
    if (name !== 'options') return value;
    const { root_id: _, parent_id: __, chain: after, ...options } = value;
    return after?.length > 0 ? { ...options, chain: after } : options;
  });
};

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

/** Celery runs error callbacks of the new style at once, in its own process: they are no messages there. */
const inline = (name: string) => name.startsWith('tasks.err_new');

for (const version of VERSIONS) {
  suite(`workflows that workers of Celery ${version} ran`, () => {
    for (const [name, flow] of Object.entries(WORKFLOWS)) {
      test(`${name}: the same messages`, () => {
        const theirs = captured(capture(name, version));
        const ours = runAll(flow, TASKS).filter(({ task }) => !inline(task));
        assert.deepEqual(comparable(ours), comparable(theirs));
      });
    }

    test('29e: the body is given the same of a part that ends in a group', () => {
      // How the values get there differs: ours are gathered by a task of their own. 5.6.3 never sends the body.
      const inner = chain([add(1, 1), group([add(10), add(20)])]);
      const ours = runAll(chord([inner, add(5, 5)], plainSignature('tasks.echo')), TASKS);
      const theirs = captured(capture('29e-exec-chord-ending-in-group', '5.2.6'));
      assert.deepEqual(ours.at(-1)!.args, theirs.at(-1)!.args);
      assert.equal(theirs.at(-1)!.task, 'tasks.echo');
    });

    for (const [name, flow] of [
      ['33-exec-spawn-children', add(1, 1)],
      ['33b-exec-spawn-group', group([add(1, 1), add(1, 2)])],
    ] as const) {
      test(`${name}: what a task begins is its children`, () => {
        const spawned = capture(name, version);
        const [caller, ...theirs] = captured(spawned) as [Sent, ...Sent[]];
        const applying = { parentId: caller.id, rootId: caller.root, newId: () => crypto.randomUUID() };
        const { calls, result } = expand(flow, applying);
        assert.deepEqual(
          calls.map(({ task, args, options }) => [task, args, options['parent_id'], options['root_id']]),
          theirs.map(({ task, args, parent, root }) => [task, args, parent, root]),
        );
        const meta = metasOf(spawned).find(({ taskId }) => taskId === caller.id)!;
        assert.deepEqual(renamed(childrenOf(result)), renamed(meta.children));
      });
    }

    test('27b: what is stored as failed is every step that is left', () => {
      const broken = capture('27b-exec-chain-fail', version);
      const [{ id, embed }] = captured(broken) as [Sent];
      const failed = metasOf(broken).flatMap(({ status, taskId }) => (status === 'FAILURE' ? [taskId] : []));
      const rest = (embed.chain as readonly SignatureDict[]).flatMap(taskIds);
      assert.deepEqual(new Set([id, ...rest]), new Set(failed));
    });

    test('29b: what is stored as failed is the part and the body', () => {
      const broken = capture('29b-exec-chord-error', version);
      const messages = captured(broken);
      const failed = metasOf(broken).flatMap(({ status, taskId }) => (status === 'FAILURE' ? [taskId] : []));
      const part = messages.find(({ task }) => task === 'tasks.fail')!;
      assert.deepEqual(new Set([part.id, ...taskIds(part.embed.chord as SignatureDict)]), new Set(failed));
    });
  });
}

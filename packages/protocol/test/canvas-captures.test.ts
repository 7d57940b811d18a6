import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  chainSignature,
  chordSignature,
  chunksSignature,
  expand,
  freeze,
  groupSignature,
  mapSignature,
  pipe,
  plainSignature,
  type SignatureDict,
  starmapSignature,
} from '@lovage/protocol';
import { bare, renamed } from './canvas-bare.ts';
import { capture, kombuTexts, VERSIONS, type Version } from './captures.ts';

const add = (...args: number[]) => plainSignature('tasks.add', args);
const mul = (...args: number[]) => plainSignature('tasks.mul', args);
const tsum = plainSignature('tasks.tsum');
const errNew = plainSignature('tasks.err_new');
const { chain, group, chord } = { chain: chainSignature, group: groupSignature, chord: chordSignature };

/** Every workflow that was captured before any worker ran, as we write it. */
const WORKFLOWS: Readonly<Record<string, SignatureDict>> = {
  '06-redis-link': plainSignature('tasks.add', [1, 2], {
    options: {
      link: [mul(10), { ...mul(1, 1), immutable: true }],
      link_error: [errNew, plainSignature('tasks.err_old'), plainSignature('other.lang.task', ['x'])],
    },
  }),
  '07-redis-chain3': chain([add(1, 2), add(3), add(4)]),
  '07b-redis-chain3-opts': chain([add(1, 2), { ...add(3), options: { queue: 'q2' } }, add(4)], {
    countdown: 60,
    priority: 5,
    link: [mul(2)],
    link_error: [errNew],
  }),
  '08-redis-group3': group([add(0, 0), add(1, 1), add(2, 2)]),
  '09-redis-chord3': chord([add(0, 0), add(1, 1), add(2, 2)], tsum),
  '10-redis-chain-group-task': chain([add(1, 2), group([add(10), add(20)]), tsum]),
  '10b-redis-chain-ends-group': chain([add(1, 2), group([add(10), add(20)])]),
  '10c-redis-group-of-chains-chord': chord([chain([add(1, 1), add(10)]), add(5, 5)], tsum),
  '10d-redis-nested-group': group([group([add(1, 1), add(2, 2)]), add(3, 3)]),
  '10e-redis-chord-in-chain': pipe(chord([add(1, 1), add(2, 2)], tsum), add(100)),
  '10f-redis-group-pipe-group': pipe(group([add(1, 1), add(2, 2)]), group([tsum, tsum])),
  '10g-redis-nested-chord-header': chord([chord([add(1, 1), add(2, 2)], tsum), add(3, 3)], tsum),
  '11-redis-map': mapSignature(add(), [[1, 2]]),
  '11b-redis-starmap': starmapSignature(add(), [
    [1, 2],
    [3, 4],
  ]),
  '11c-redis-chunks': chunksSignature(
    add(),
    [0, 1, 2, 3, 4].map((n) => [n, n]),
    2,
  ),
};

/** The bodies and places of the messages in a capture, in the order in which they were sent. */
const captured = (name: string, version: Version) =>
  kombuTexts(capture(name, version))
    .toReversed()
    .map((text) => {
      const { body, headers } = JSON.parse(text);
      const { task, id, group: gid, group_index: index } = headers;
      const [args, kwargs, embed] = JSON.parse(Buffer.from(body, 'base64').toString());
      return { task, id, group: gid, index, args, kwargs, ...embed };
    });

const ours = (signature: SignatureDict) => {
  const { calls, result } = expand(signature, {
    newId: () => crypto.randomUUID(),
    replyTo: crypto.randomUUID(),
  });
  const messages = calls.map(({ task, args, kwargs, options }) => ({
    task,
    id: options['task_id'],
    group: options['group_id'] ?? null,
    index: options['group_index'] ?? null,
    args,
    kwargs,
    callbacks: options['link'] ?? null,
    errbacks: options['link_error'] ?? null,
    chain: options['chain'] ?? null,
    chord: options['chord'] ?? null,
  }));
  return { messages, result };
};

/** Only 5.6 tells the members of a plain group their index. In a group within a group it counts on another way. */
function ofVersion(
  messages: readonly { chord?: unknown; index?: unknown }[],
  name: string,
  version: Version,
) {
  const noIndex = version === '5.2.6' || name.startsWith('10d');
  return messages.map((message) => (noIndex && !message.chord ? { ...message, index: null } : message));
}

/** Where a capture shows a fault of Celery's: results without the first task of a body. */
const noResult = new Set(['5.2.6 10e-redis-chord-in-chain', '5.6.3 10e-redis-chord-in-chain']);

/**
 * In 5.6 a group that is a body has the id of its header, and so is its own parent: it is given an id of its own, to be
 * compared with ours.
 */
function apart(messages: readonly { group?: string; chord?: unknown }[], result: unknown): unknown {
  const own = crypto.randomUUID();
  const [[, parent], members] = result as [[string, unknown], unknown];
  const body = ({ chord, ...rest }: { chord?: unknown }) => {
    const { options, ...others } = chord as { options: object };
    return { ...rest, chord: { ...others, options: { ...options, task_id: own } } };
  };
  return [messages.map(body), [[own, parent], members]];
}
const sameId = new Set(['5.6.3 10f-redis-group-pipe-group']);

for (const version of VERSIONS) {
  suite(`the messages and results of Celery ${version}`, () => {
    for (const [name, signature] of Object.entries(WORKFLOWS)) {
      test(name, () => {
        const { messages, result } = ours(signature);
        const known = !noResult.has(`${version} ${name}`);
        const theirs = ofVersion(captured(name, version), name, version);
        const tuple = known && tupleOf(name, version);
        const [sent, kept] = sameId.has(`${version} ${name}`)
          ? (apart(theirs, tuple) as [unknown, unknown])
          : [theirs, tuple];
        const actual = [bare(ofVersion(messages, name, version)), known && result];
        assert.deepEqual(renamed(actual), renamed([bare(sent), kept]));
      });
    }

    const { raw } = capture('14-signature-dicts', version) as { raw: Record<string, string> };
    const written: Record<string, SignatureDict> = {
      'signature add.s(1,2)': add(1, 2),
      'add.si(1,2)': { ...add(1, 2), immutable: true },
      chain: chain([add(1, 2), add(3)]),
      group: group([add(1, 1), add(2, 2)]),
      chord: chord([add(1, 1), add(2, 2)], tsum),
      xmap: mapSignature(add(), [1, 2]),
      xstarmap: starmapSignature(add(), [
        [1, 2],
        [3, 4],
      ]),
      chunks: chunksSignature(
        add(),
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        2,
      ),
    };
    for (const [name, signature] of Object.entries(written)) {
      test(`14 ${name}`, () => assert.deepEqual(signature, JSON.parse(raw[name]!)));
    }

    test('14 a frozen chord', () => {
      const theirs = JSON.parse(raw['frozen chord']!);
      const body = { ...tsum, options: { task_id: 'body-id' } };
      const mine = freeze(chord([add(1, 2), add(3, 4)], body), {
        newId: () => crypto.randomUUID(),
        replyTo: crypto.randomUUID(),
      });
      assert.deepEqual(renamed(bare(mine)), renamed(bare(theirs)));
    });
  });
}

const tupleOf = (name: string, version: Version): unknown =>
  (capture(name, version) as unknown as { result_as_tuple: unknown }).result_as_tuple;

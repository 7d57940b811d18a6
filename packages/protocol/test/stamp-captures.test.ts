/** Our stamps beside those that Celery 5.6.3 put on the wire: every case of the capture. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  chainSignature,
  chordSignature,
  expand,
  groupSignature,
  jsonPlain,
  plainSignature,
  readHeaders,
  type SignatureDict,
  type StampingVisitor,
  stampOptions,
  stampSignature,
  stampsOf,
  writeTask,
} from '@lovage/protocol';
import { capture } from './captures.ts';

type Json = Readonly<Record<string, unknown>>;
interface Message {
  readonly headers: readonly Json[];
  readonly bodies: readonly unknown[];
}

const { raw } = capture('92-stamping', '5.6.3') as { raw: Readonly<Record<string, Message & Json>> };

const add = (...args: number[]) => plainSignature('tasks.add', args);

const visitor: StampingVisitor = {
  onSignature: () => ({ mtask_id: 'none' }),
  onGroupStart: () => ({ on_group: 1 }),
};
const visited = stampSignature(
  chainSignature([add(1, 1), chordSignature(groupSignature([add(2), add(3)]), plainSignature('tasks.tsum'))]),
  { visitor },
);

/** Each call that was captured, as we write it. */
const CALLS: Readonly<Record<string, SignatureDict>> = {
  task_stamp: stampSignature(add(2, 2), { headers: { stamp: 'value', ints: 7 } }),
  visitor_chain_chord: visited,
  stamp_with_link: stampSignature(
    { ...add(1, 1), options: { link: [plainSignature('tasks.mul', [3])] } },
    { headers: { k: 'v' } },
  ),
  apply_async_direct: { ...add(1, 1), options: stampOptions({ a: 'direct' }) },
  custom_header: { ...add(1, 1), options: { headers: { custom: 1 } } },
};

/** The one message of a call: its headers as they are on the wire, and its body. */
function message(signature: SignatureDict): Message {
  const { calls } = expand(signature, { newId: () => crypto.randomUUID(), replyTo: 'somewhere' });
  const [{ task, args, kwargs, options }] = calls as [SignatureDict];
  const stamps = stampsOf(options);
  const names = Object.keys(stamps);
  const custom = options['headers'] as Json | undefined;
  const embed = {
    callbacks: options['link'] ?? null,
    errbacks: options['link_error'] ?? null,
    chain: options['chain'] ?? null,
    chord: options['chord'] ?? null,
  };
  const envelope = writeTask(
    {
      task,
      id: String(options['task_id']),
      origin: 'gen1@host',
      ...(names.length > 0 ? { stampedHeaders: names, stamps } : {}),
      ...(custom ? { custom } : {}),
    },
    { args, kwargs, embed: embed as never },
    { serializer: jsonPlain, replyTo: 'somewhere' },
  );
  return { headers: [envelope.headers], bodies: [JSON.parse(Buffer.from(envelope.body).toString())] };
}

/**
 * What may differ: the order of stamps, ids and addresses, options that are null, and the copies of a chord's body in a
 * header that is not sent yet.
 */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => {
    if (key === 'stamped_headers') return [key, Array.isArray(member) ? member.toSorted() : member];
    return [key, key === 'options' ? bare(bareOptions(member)) : bare(member)];
  });
  return Object.fromEntries(entries);
}

function bareOptions({ chord: _, group_index: __, ...options }: Json): Json {
  const known = Object.entries(options).filter(([, value]) => value !== null);
  const ids = new Set(['task_id', 'reply_to']);
  return Object.fromEntries(known.map(([key, value]) => [key, ids.has(key) ? 'an id' : value]));
}

const told = ({ stamped_headers, stamps, custom }: Json) => bare({ stamped_headers, stamps, custom });

suite('the stamps of Celery 5.6.3', () => {
  for (const [name, signature] of Object.entries(CALLS)) {
    test(name, () => {
      const ours = message(signature);
      const theirs = raw[name]!;
      assert.equal(theirs.headers.length, 1);
      assert.deepEqual(told(ours.headers[0]!), told(theirs.headers[0]!));
      assert.deepEqual(bare(ours.bodies[0]), bare(theirs.bodies[0]));
    });
  }

  test('visitor_sig: the signature before it is sent', () => {
    const { task_id: _, ...options } = raw['visitor_sig']!['options'] as Json;
    assert.deepEqual(bare(visited), bare({ ...raw['visitor_sig'], options }));
  });

  test('no case is left out', () => {
    assert.deepEqual([...Object.keys(CALLS), 'visitor_sig'].toSorted(), Object.keys(raw).toSorted());
  });

  test('what Celery stamped is read as what it is', () => {
    for (const { headers } of Object.values(raw)) {
      if (!headers) continue;
      const [wire] = headers as [Json];
      const { stampedHeaders, stamps } = readHeaders({ headers: wire } as never);
      assert.deepEqual([stampedHeaders, stamps], [wire['stamped_headers'], wire['stamps']]);
    }
  });
});

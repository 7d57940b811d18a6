import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  chainSignature as chain,
  chordSignature as chord,
  chunksSignature,
  expand,
  groupSignature as group,
  mapSignature,
  type SignatureDict,
  type StampingVisitor,
  stampOptions,
  stampSignature,
  stampsOf,
  stampTasks,
} from '@lovage/protocol';
import { calls, stampsIn, task } from './stamps-in.ts';

const user = (signature: SignatureDict) => stampSignature(signature, { headers: { user: 'u1' } });

suite('where stamps go', () => {
  const everywhere = chain([
    task('a', { link: [task('linked', { link: [task('linked again')] })], link_error: [task('failed')] }),
    group([task('b'), chain([task('c'), task('d')])]),
    chord(group([task('e')]), task('body'), { link: [task('after')], link_error: [task('chord failed')] }),
    group([task('f')], { link_error: [task('group failed')] }),
  ]);

  test('on every task, and on all that is linked to one, in every shape', () => {
    const names = ['a', 'linked', 'linked again', 'failed', 'b', 'c', 'd', 'e', 'body', 'after'];
    const all = [...names, 'chord failed', 'f', 'group failed'];
    assert.deepEqual(
      stampsIn(user(everywhere)),
      Object.fromEntries(all.map((name) => [name, { user: 'u1' }])),
    );
  });

  test('nothing else changes, and what was given stays as it was', () => {
    const before = structuredClone(everywhere);
    const stamped = user(everywhere);
    assert.deepEqual(everywhere, before);
    const bare = JSON.parse(
      JSON.stringify(stamped, (key, value) => (/^(user|stamped_headers)$/.test(key) ? undefined : value)),
    );
    assert.deepEqual(bare, before);
  });

  test('on map, starmap and each of the chunks', () => {
    assert.deepEqual(calls(user(mapSignature(task('a'), [1]))), { 'celery.map': { user: 'u1' } });
    const { calls: sent } = expand(user(chunksSignature(task('a'), [[1], [2]], 1)), { newId: () => 'id' });
    assert.deepEqual(
      sent.map(({ options }) => stampsOf(options)),
      [{ user: 'u1' }, { user: 'u1' }],
    );
  });

  test('stampTasks leaves links alone, and stamps that are there', () => {
    const flow = chain([
      task('a', { link: [task('linked')], ...stampOptions({ user: 'own' }) }),
      chord([task('b')], task('c')),
    ]);
    assert.deepEqual(stampsIn(stampTasks(flow, { user: 'u1', day: 1 })), {
      a: { day: 1, user: 'own' },
      linked: {},
      b: { user: 'u1', day: 1 },
      c: { user: 'u1', day: 1 },
    });
  });
});

suite('what a visitor says', () => {
  /** Says where it is asked, and keeps what it is shown. */
  function spy(): { visitor: StampingVisitor; asked: string[] } {
    const asked: string[] = [];
    const ask = (name: string) => (signature: SignatureDict, headers: object) => {
      asked.push(`${name} ${signature.task} ${JSON.stringify(headers)}`);
      return { [name]: 1 };
    };
    const visitor = {
      onSignature: ask('sig'),
      onGroupStart: ask('aGroup'),
      onGroupEnd: ask('groupEnd'),
      onChainStart: ask('aChain'),
      onChainEnd: ask('chainEnd'),
      onChordHeaderStart: ask('header'),
      onChordHeaderEnd: ask('headerEnd'),
      onChordBody: ask('body'),
      onCallback: ask('callback'),
      onErrback: ask('errback'),
    };
    return { visitor, asked };
  }

  test('holds for all that is within, and is shown there', () => {
    const { visitor, asked } = spy();
    const flow = chain([
      task('a', { link: [task('ok')], link_error: [task('no')] }),
      group([task('b')]),
      chord([task('c')], task('d'), { link: [task('e')] }),
    ]);
    const stamped = stampsIn(stampSignature(flow, { visitor }));
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(stamped).map(([name, all]) => [name, Object.keys(all as object).sort()]),
      ),
      {
        a: ['aChain', 'sig'],
        ok: ['aChain', 'callback', 'sig'],
        no: ['aChain', 'errback', 'sig'],
        b: ['aChain', 'aGroup', 'sig'],
        c: ['aChain', 'header', 'sig'],
        d: ['aChain', 'body', 'header', 'sig'],
        e: ['aChain', 'body', 'callback', 'header', 'sig'],
      },
    );
    assert.deepEqual(
      asked.map((each) => each.split(' ').slice(0, 2).join(' ')),
      [
        'aChain celery.chain',
        ...['callback ok', 'sig ok', 'errback no', 'sig no', 'sig a'],
        ...['aGroup celery.group', 'sig b', 'groupEnd celery.group'],
        ...['header celery.chord', 'sig c', 'headerEnd celery.chord'],
        ...['body celery.chord', 'callback e', 'sig e', 'sig d'],
        'chainEnd celery.chain',
      ],
    );
    assert.equal(asked[0], 'aChain celery.chain {"stampedHeaders":[]}');
    assert.equal(asked[1], 'callback ok {"aChain":1,"stampedHeaders":["aChain"]}');
    assert.equal(asked[2], 'sig ok {"aChain":1,"callback":1,"stampedHeaders":["aChain","callback"]}');
  });

  test('of a group holds for the header of a chord, when nothing is said of that', () => {
    const ended: unknown[] = [];
    const visitor: StampingVisitor = {
      onSignature() {},
      onGroupStart: (header) => ({ size: (header.kwargs['tasks'] as unknown[]).length }),
      onGroupEnd: (header) => void ended.push(stampsIn(header)),
    };
    const flow = chord([task('a'), task('b')], task('c'));
    assert.deepEqual(stampsIn(stampSignature(flow, { visitor })), {
      a: { size: 2 },
      b: { size: 2 },
      c: { size: 2 },
    });
    assert.deepEqual(ended, [{ a: { size: 2 }, b: { size: 2 } }]);
  });

  test('only what stampedHeaders names is a stamp; the rest is shown further inside', () => {
    const seen: unknown[] = [];
    const visitor: StampingVisitor = {
      onChainStart: () => ({ a: 1, b: 2, stampedHeaders: ['a'] }),
      onSignature(_, { a, b }) {
        seen.push([a, b]);
        return { c: 3, stampedHeaders: [] };
      },
    };
    assert.deepEqual(stampsIn(stampSignature(chain([task('x'), task('y')]), { visitor })), {
      x: { a: 1 },
      y: { a: 1 },
    });
    assert.deepEqual(seen, [
      [1, 2],
      [1, 2],
    ]);
  });

  test('a name may be said outside and its value inside', () => {
    const visitor: StampingVisitor = {
      onChainStart: () => ({ stampedHeaders: ['id'] }),
      onSignature: ({ task: id }) => ({ id, stampedHeaders: [] }),
    };
    assert.deepEqual(stampsIn(stampSignature(chain([task('x')]), { visitor })), { x: { id: 'x' } });
  });

  test('of one link is not said of the next', () => {
    const visitor: StampingVisitor = {
      onSignature() {},
      onCallback: ({ task: name }) => ({ [name]: true }),
    };
    const linked = task('a', { link: [task('b'), task('c')] });
    assert.deepEqual(stampsIn(stampSignature(linked, { visitor })), {
      a: {},
      b: { b: true },
      c: { c: true },
    });
  });

  test('changing what it is shown changes nothing', () => {
    const visitor: StampingVisitor = {
      onSignature(_, headers) {
        (headers as { k: number }).k = 9;
        (headers.stampedHeaders as string[]).push('z');
      },
    };
    assert.deepEqual(
      stampsIn(stampSignature(chain([task('x'), task('y')]), { visitor, headers: { k: 1 } })),
      {
        x: { k: 1 },
        y: { k: 1 },
      },
    );
  });
});

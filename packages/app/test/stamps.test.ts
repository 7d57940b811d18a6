import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Signature } from '@lovage/app';
import {
  chain,
  chord,
  Group,
  group,
  InvalidCall,
  InvalidTaskError,
  messageFromSignature,
  snakeCase,
} from '@lovage/app';
import type { SignatureDict, Stamps } from '@lovage/protocol';
import { readHeaders, stampProblem, stampsOf } from '@lovage/protocol';
import type { MessageOptions } from '../src/call/options.ts';
import { type Fn, run } from './perform-once.ts';
import { setUp } from './sending-app.ts';

function stage() {
  const set = setUp({ resultBackend: 'memory://', lovageLogLevel: 'silent' });
  const { app, service } = set;
  const add = app.task('st.add', (x: number, y: number) => x + y);
  const sum = app.task('st.sum', (numbers: number[]) => numbers.length);
  const note = app.task('st.note', (_: unknown) => null);
  const stampsSent = () =>
    service.published.flat().map(({ envelope }) => {
      const { task, stamps } = readHeaders(envelope);
      return [task, stamps];
    });
  return { ...set, add, sum, note, stampsSent };
}

const dictsIn = (links: unknown) =>
  (links as SignatureDict[]).map(({ task, options }) => [task, stampsOf(options)]);

suite('stamps of one task', () => {
  test('travel in its headers; what is linked to it is stamped too', async () => {
    const { add, note, headers, body } = stage();
    await add
      .s(1, 2)
      .link(note.s())
      .linkError(note.s())
      .stamp({ user: 'u1', ids: ['a', 'b'] })
      .delay();
    assert.deepEqual(headers().stampedHeaders, ['user', 'ids']);
    assert.deepEqual(headers().stamps, { user: 'u1', ids: ['a', 'b'] });
    assert.deepEqual(headers().custom, {});
    const { callbacks, errbacks } = body().embed;
    assert.deepEqual(dictsIn(callbacks), [['st.note', { user: 'u1', ids: ['a', 'b'] }]]);
    assert.deepEqual(dictsIn(errbacks), [['st.note', { user: 'u1', ids: ['a', 'b'] }]]);
  });

  test('of a call are those of its message, not of its links, as in Celery', async () => {
    const { app, add, note, headers, body } = stage();
    await add.applyAsync([1, 2], { stamps: { user: 'u1' }, link: note.s() });
    assert.deepEqual([headers().stampedHeaders, headers().stamps], [['user'], { user: 'u1' }]);
    assert.deepEqual(dictsIn(body().embed.callbacks), [['st.note', {}]]);
    await app.sendTask('elsewhere.task', { stamps: { user: 'u2' } });
    assert.deepEqual(headers().stamps, { user: 'u2' });
  });

  test('that has none are null and empty, as in Celery', async () => {
    const { add, sent } = stage();
    for (const options of [{}, { stamps: {} }]) {
      await add.applyAsync([1, 2], options);
      const { stamped_headers, stamps } = sent().envelope.headers;
      assert.deepEqual([stamped_headers, stamps], [null, {}]);
    }
  });

  test('a signature is a value: stamping it answers another', () => {
    const { add } = stage();
    const plain: Signature<number, []> = add.s(1, 2);
    const stamped = plain.stamp({ user: 'u1' });
    assert.equal(plain.options.stamps, undefined);
    assert.deepEqual(stamped.options.stamps, { user: 'u1' });
    assert.deepEqual(stamped.toJSON().options, { user: 'u1', stamped_headers: ['user'] });
  });

  test('stamp replaces, or appends; options of a call join, and leave what is there', async () => {
    const { add, headers } = stage();
    const one = add.s(1, 2).stamp({ user: 'u1', day: 1 });
    assert.deepEqual(one.stamp({ user: 'u2' }).options.stamps, { user: 'u2', day: 1 });
    assert.deepEqual(one.stamp({ user: 'u2' }, { append: true }).options.stamps, {
      user: ['u2', 'u1'],
      day: 1,
    });
    const more = { stamps: { user: 'u3', plan: 'x' } };
    const joined = { user: 'u1', day: 1, plan: 'x' };
    assert.deepEqual(one.set(more).options.stamps, joined);
    assert.deepEqual(one.clone([], more).options.stamps, joined);
    await one.applyAsync([], more);
    assert.deepEqual(headers().stamps, joined);
    assert.deepEqual(one.set({ queue: 'q' }).options, { stamps: { user: 'u1', day: 1 }, queue: 'q' });
  });

  test('options keep their form: a Date stays one, a moment is not lost', async () => {
    const { add, sent } = stage();
    const eta = new Date(Date.now() + 60_000);
    const stamped = add.s(1, 2).set({ eta, queue: 'q' }).stamp({ user: 'u1' });
    assert.deepEqual(stamped.options, { eta, queue: 'q', stamps: { user: 'u1' } });
    await stamped.delay();
    assert.deepEqual([sent().queue, sent().notBefore], ['q', eta.getTime()]);
  });

  test('a call in a stamped task is not stamped by itself, as in Celery', async () => {
    const { app, add, stampsSent } = stage();
    const calls: Fn = async (self) => {
      await add.delay(1, 2);
      await add.applyAsync([3, 4], { stamps: { user: self.request.stamps['user'] as string } });
    };
    await run(calls, { on: app, headers: { stampedHeaders: ['user'], stamps: { user: 'u1' } } });
    assert.deepEqual(stampsSent(), [
      ['st.add', {}],
      ['st.add', { user: 'u1' }],
    ]);
  });
});

suite('stamps of a workflow', () => {
  test('are on what is sent now, and on all that follows', async () => {
    const { add, sum, note, stampsSent, service, body } = stage();
    const flow = chain(add.s(1, 2), group(add.s(3), add.s(4)), sum.s()).link(note.s());
    await flow.stamp({ user: 'u1' }).delay();
    assert.deepEqual(stampsSent(), [['st.add', { user: 'u1' }]]);
    const text = JSON.stringify(body().embed.chain);
    assert.equal(text.match(/"user":"u1"/g)?.length, 4);
    service.published.length = 0;
    await chord([add.s(1, 2), add.s(3, 4)], sum.s())
      .stamp({ user: 'u2' })
      .delay();
    assert.deepEqual(stampsSent(), Array(2).fill(['st.add', { user: 'u2' }]));
    const { task, options } = body().embed.chord!;
    assert.deepEqual([task, stampsOf(options)], ['st.sum', { user: 'u2' }]);
  });

  test('of its call are on all of its tasks, also of a chain', async () => {
    const { add, sum, stampsSent, body } = stage();
    const flow = chain(add.s(1, 2), add.s(3).stamp({ user: 'own' }), group(add.s(5)), sum.s());
    await flow.applyAsync([], { stamps: { user: 'u1' }, queue: 'q' });
    assert.deepEqual(stampsSent(), [['st.add', { user: 'u1' }]]);
    const rest = JSON.stringify(body().embed.chain);
    assert.equal(rest.match(/"user":"u1"/g)?.length, 2);
    assert.equal(rest.match(/"user":"own"/g)?.length, 1);
    assert.deepEqual(
      flow.set({ stamps: { user: 'u1' } }).toJSON(),
      flow.clone([], { stamps: { user: 'u1' } }).toJSON(),
    );
  });

  test('a stamped group is a group still: a header, a step, a member', async () => {
    const { add, sum, service } = stage();
    const members = group(add.s(1, 2), add.s(3, 4)).stamp({ user: 'u1' });
    assert.ok(members instanceof Group);
    await chord(members, sum.s()).delay();
    assert.equal(service.published.flat().length, 2);
  });

  test('a visitor may be an object of a class, and say something else of each task', () => {
    const { add, sum } = stage();
    class Numbering {
      #count = 0;
      onSignature() {
        this.#count += 1;
        return { number: this.#count };
      }
      onChordBody() {
        return { last: true };
      }
    }
    const { kwargs } = chord([add.s(1, 2), add.s(3, 4)], sum.s())
      .stamp(new Numbering())
      .toJSON();
    const { header, body } = kwargs as { header: { kwargs: { tasks: unknown } }; body: unknown };
    assert.deepEqual(dictsIn(header.kwargs.tasks), [
      ['st.add', { number: 1 }],
      ['st.add', { number: 2 }],
    ]);
    assert.deepEqual(dictsIn([body]), [['st.sum', { last: true, number: 3 }]]);
  });

  test('a workflow that came as a dict is stamped like any other', () => {
    const { app, add } = stage();
    const dict = chain(add.s(1, 2), add.s(3)).toJSON();
    const { tasks } = app.signature(dict).stamp({ user: 'u1' }).toJSON().kwargs;
    assert.deepEqual(dictsIn(tasks), Array(2).fill(['st.add', { user: 'u1' }]));
  });
});

suite('stamps that are refused', () => {
  const refused = (attempt: () => unknown, message: RegExp) =>
    assert.throws(attempt, (error) => error instanceof InvalidCall && message.test(error.message));

  test('when stamping', () => {
    const { add } = stage();
    const stamp = (given: unknown) => () => add.s(1, 2).stamp(given as { user: string });
    refused(
      stamp({ queue: 'u1' }),
      /^stamping st\.add: stamp queue would be taken for the option of that name/,
    );
    refused(stamp({ user: new Map() }), /stamp user is a Map/);
    refused(
      stamp(undefined),
      /stamps must be an object of JSON values, as in \{ user: 'u1' \}, or a visitor/,
    );
    refused(stamp('u1'), /stamps must be an object/);
    refused(stamp({ onGroupStart: () => ({}) }), /a visitor with onGroupStart needs onSignature/);
    refused(stamp({ onSignature: () => ({ eta: 1 }) }), /stamp eta would be taken/);
    refused(() => chain(add.s(1, 2)).stamp({ countdown: 1 }), /stamp countdown/);
  });

  test('as options of a call, before anything is sent', async () => {
    const { app, add, service } = stage();
    const call = (options: object) => app.sendTask(add.name, { args: [1, 2], ...options });
    await assert.rejects(call({ stamps: { queue: 'x', user: () => 1 } }), /stamp queue would .*; stamp user/);
    await assert.rejects(call({ stamps: ['u1'] }), /stamps must be an object of JSON values/);
    await assert.rejects(
      call({ stampedHeaders: ['user'], user: 'u1' }),
      /stampedHeaders is not acted upon: say the stamps/,
    );
    await assert.rejects(
      call({ stamp: { user: 'u1' } }),
      /stamp is no option of a call; did you mean stamps\?/,
    );
    assert.equal(service.published.length, 0);
  });

  test('in the options of a signature, before they stand beside others', () => {
    const { app, add } = stage();
    for (const stamps of [{ queue: 'x' }, 'text', { user: undefined }] as unknown as Stamps[]) {
      refused(() => chain(add.s(1, 2).set({ stamps })), /stamps? /);
      refused(() => chain(app.signature('elsewhere', [], { stamps })), /stamps? /);
      refused(() => add.s(1, 2).stamp({ day: 1 }).set({ stamps }).toJSON(), /stamps? /);
      refused(() => chain(add.s(1, 2)).set({ stamps }), /stamps? /);
    }
  });

  test('under the name of any option that a signature can have', () => {
    // A transaction is never part of a signature.
    const options: Record<Exclude<keyof MessageOptions, 'tx'>, true> = {
      ...{
        kwargs: true,
        countdown: true,
        eta: true,
        expires: true,
        priority: true,
        queue: true,
        taskId: true,
      },
      ...{ headers: true, stamps: true, link: true, linkError: true, ignoreResult: true, timeLimit: true },
      ...{
        softTimeLimit: true,
        shadow: true,
        serializer: true,
        compression: true,
        replyTo: true,
        rootId: true,
      },
      ...{
        correlationId: true,
        parentId: true,
        argsrepr: true,
        kwargsrepr: true,
        retry: true,
        retries: true,
      },
      ...{ groupId: true, groupIndex: true, chord: true, replacedTaskNesting: true, chain: true },
      // These two are ours, for `eta` and `expires` as texts.
      ...{ etaText: true, expiresText: true },
    };
    const names = Object.keys(options).filter((name) => !name.endsWith('Text'));
    for (const name of names) assert.match(String(stampProblem(snakeCase(name), 'x')), /option of that name/);
  });
});

suite('stamps from elsewhere', () => {
  const { app } = stage();
  const sent = (options: SignatureDict['options']) => {
    const signature = { task: 't', args: [], kwargs: {}, options, subtask_type: null, immutable: false };
    return readHeaders(messageFromSignature(app, signature, { prependArgs: [] }).envelope);
  };

  test('are read by their names among the options', () => {
    const { stampedHeaders, stamps } = sent({ user: 'u1', other: 5, stamped_headers: ['user'], priority: 3 });
    assert.deepEqual([stampedHeaders, stamps], [['user'], { user: 'u1' }]);
  });

  test('under the name of an option are neither: that is an error', () => {
    for (const name of ['queue', 'countdown', 'task_id', 'chord']) {
      assert.throws(
        () => sent({ [name]: 'x', stamped_headers: [name] }),
        (error) =>
          error instanceof InvalidTaskError && error.message.includes(`'${name}' has the name of an option`),
      );
    }
    assert.deepEqual(sent({ exchange: 'x', stamped_headers: ['exchange'] }).stamps, { exchange: 'x' });
  });
});

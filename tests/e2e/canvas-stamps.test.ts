/** Stamps, from the client that makes them to every place of a workflow where a worker reads them, and revokes by them. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { TaskRequest } from 'lovage';
import { chain, chord, group, Lovage } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { until } from './stage.ts';

const SOON = { timeout: 60 };
const USER = { user: 'u1', ids: ['a', 'b'] };

const skip = requireService('redis');
const redis = skip ? undefined : await startRedis();
after(() => redis?.stop());

const STORES = [
  { name: 'memory', skip: false, url: () => `memory://stamps-${crypto.randomUUID()}` },
  { name: 'Redis', skip, url: () => redisDatabase(redis!, 0) },
];

for (const store of STORES) {
  describe(`stamps over ${store.name}`, { skip: store.skip, timeout: 120_000 }, () => {
    let app: Lovage;
    let worker: Awaited<ReturnType<Lovage['worker']>>;
    let tasks: ReturnType<typeof define>;
    /** What each run saw of its stamps, by what it was called. */
    const seen = new Map<string, Pick<TaskRequest, 'stamps' | 'stampedHeaders'>[]>();
    const gates = new Map<string, PromiseWithResolvers<void>>();
    const gate = (name: string) => {
      if (!gates.has(name)) gates.set(name, Promise.withResolvers());
      return gates.get(name)!;
    };

    before(async () => {
      const url = store.url();
      app = new Lovage('stamps', { brokerUrl: url, resultBackend: url, lovageLogLevel: 'silent' });
      tasks = define(app, seen, (name) => gate(name).promise);
      worker = await app.worker({ concurrency: 8 });
    });
    after(async () => {
      await worker.stop('warm');
      await app.close();
    });
    beforeEach(() => seen.clear());

    const stampsOf = (name: string) => seen.get(name)?.map(({ stamps }) => stamps);
    const ran = (name: string) => until(() => seen.has(name), `${name} ran`);

    test('are read in every place of a workflow', async () => {
      const { step, fail, list, mapped } = tasks;
      const flow = chain(
        step.s('first').link(step.si('linked')),
        group(step.si('member'), chain(step.si('inner'), step.si('inner end'))),
        list.s('body'),
        step.si('after body'),
      );
      await (await flow.link(step.si('end')).stamp(USER).delay()).get(SOON);
      await (await group(step.si('alone')).stamp(USER).delay()).get(SOON);
      await (await mapped.map(['item']).stamp(USER).delay()).get(SOON);
      await fail.si().linkError(step.si('errback')).stamp(USER).delay();
      const names = ['first', 'linked', 'member', 'inner', 'inner end', 'body', 'after body', 'end', 'alone'];
      for (const name of [...names, 'errback']) {
        await ran(name);
        assert.deepEqual(stampsOf(name), [USER], name);
        assert.deepEqual(seen.get(name)![0]!.stampedHeaders?.toSorted(), ['ids', 'user'], name);
      }
    });

    test('of a chord are its body’s, with what a visitor says of each', async () => {
      const { step, list } = tasks;
      const flow = chord([step.s('one'), step.s('two')], list.s('body').link(step.si('after')));
      const visitor = {
        onSignature: ({ args }: { args: readonly unknown[] }) => ({ what: String(args[0]) }),
        onChordBody: () => ({ last: true }),
        onCallback: () => ({ callback: true }),
      };
      await (await flow.stamp(visitor).delay()).get(SOON);
      await ran('after');
      assert.deepEqual(stampsOf('one'), [{ what: 'one' }]);
      assert.deepEqual(stampsOf('two'), [{ what: 'two' }]);
      assert.deepEqual(stampsOf('body'), [{ last: true, what: 'body' }]);
      assert.deepEqual(stampsOf('after'), [{ last: true, callback: true, what: 'after' }]);
    });

    test('are kept by retries', async () => {
      const result = await tasks.flaky.s('flaky').stamp(USER).delay();
      await result.get(SOON);
      assert.deepEqual(stampsOf('flaky'), [USER, USER, USER]);
    });

    test('of a replaced task: what follows it keeps its own, what replaces it has those it was given, as in Celery', async () => {
      const { replaced, step } = tasks;
      for (const passOn of [false, true]) {
        seen.clear();
        const flow = chord([chain(replaced.si(passOn), step.si('next'))], step.si('body'));
        await (await flow.stamp(USER).delay()).get(SOON);
        assert.deepEqual(stampsOf('in its place'), [passOn ? USER : {}]);
        assert.deepEqual([stampsOf('next'), stampsOf('body')], [[USER], [USER]]);
      }
    });

    test('are not passed on to calls within, as in Celery', async () => {
      await (await tasks.caller.si().stamp(USER).delay()).get(SOON);
      await ran('called');
      assert.deepEqual(stampsOf('called'), [{}]);
    });

    test('a workflow that is revoked by its stamp ends there: chain, chord body, group, link', async () => {
      const { step, list, wait } = tasks;
      const user = `u-${crypto.randomUUID()}`;
      const sent = {
        chain: await chain(wait.s('chain'), step.s()).stamp({ user }).delay(),
        body: await chord([wait.s('header'), wait.s('header')], list.s('body'))
          .stamp({ user })
          .delay(),
        group: await chain(wait.s('group'), group(step.si('member 1'), step.si('member 2')))
          .stamp({ user })
          .delay(),
      };
      const linked = app.asyncResult(crypto.randomUUID());
      await wait
        .s('link')
        .link(step.si('linked').set({ taskId: linked.id }))
        .stamp({ user })
        .delay();
      const others = await chain(wait.s('other'), step.si('other')).stamp({ user: 'another' }).delay();
      await until(
        () => ['chain', 'header', 'group', 'link', 'other'].every((name) => seen.has(`wait ${name}`)),
        'all of them began',
      );
      await app.control.revokeByStampedHeaders({ user }, { reply: true, limit: 1, timeout: 30 });
      for (const { resolve } of gates.values()) resolve();

      await assert.rejects(sent.chain.get(SOON), /revoked/);
      await assert.rejects(sent.body.get(SOON), /revoked/);
      for (const member of sent.group.results) await assert.rejects(member.get(SOON), /revoked/);
      await assert.rejects(linked.get(SOON), /revoked/);
      await others.get(SOON);
      assert.deepEqual(
        [...seen.keys()].filter((name) => !name.startsWith('wait ')),
        ['other'],
      );
    });

    test('what waits in its queue is revoked by its stamp, before a worker sees it', async () => {
      const { step, list } = tasks;
      const user = `u-${crypto.randomUUID()}`;
      const held = { queue: `held-${crypto.randomUUID()}` };
      const chained = await chain(step.s('a').set(held), step.si('b')).stamp({ user }).delay();
      const body = await chord([step.s('c').set(held), step.s('d').set(held)], list.s('e'))
        .stamp({ user })
        .delay();
      const stamped = await step.applyAsync(['f'], { ...held, stamps: { user } });
      const unstamped = await step.applyAsync(['g'], held);
      await app.control.revokeByStampedHeaders({ user });
      const late = await app.worker({ queues: [held.queue] });
      await assert.rejects(chained.parent!.get(SOON), /revoked/);
      await assert.rejects(body.get(SOON), { type: 'ChordError', message: /TaskRevokedError/ });
      await assert.rejects(stamped.get(SOON), /revoked/);
      await unstamped.get(SOON);
      assert.deepEqual([...seen.keys()], ['g']);
      await late.stop('warm');
    });
  });
}

function define(
  app: Lovage,
  seen: Map<string, Pick<TaskRequest, 'stamps' | 'stampedHeaders'>[]>,
  gate: (name: string) => Promise<void>,
) {
  const saw = (name: string, { stamps, stampedHeaders }: TaskRequest) =>
    seen.set(name, [...(seen.get(name) ?? []), { stamps, stampedHeaders }]);
  const step = app.task({ name: 'stamps.step', bind: true }, (self, name: string) => {
    saw(name, self.request);
    return name;
  });
  return {
    step,
    list: app.task({ name: 'stamps.list', bind: true }, (self, items: unknown[], name: string) => {
      saw(name, self.request);
      return `${name} of ${items.length}`;
    }),
    wait: app.task({ name: 'stamps.wait', bind: true }, async (self, name: string) => {
      saw(`wait ${name}`, self.request);
      await gate(name);
      return name;
    }),
    mapped: app.task('stamps.mapped', (item: string) => item),
    fail: app.task('stamps.fail', (): null => {
      throw new Error('no');
    }),
    flaky: app.task({ name: 'stamps.flaky', bind: true }, (self, name: string) => {
      saw(name, self.request);
      if (self.request.retries < 2) self.retry({ countdown: 0.05 });
      return name;
    }),
    replaced: app.task({ name: 'stamps.replaced', bind: true }, (self, passOn: boolean): string => {
      const { user, ids } = self.request.stamps as typeof USER;
      const instead = step.si('in its place');
      return self.replace(passOn ? instead.stamp({ user, ids }) : instead);
    }),
    caller: app.task('stamps.caller', async () => {
      await step.delay('called');
      return null;
    }),
  };
}

/** Who is told of a failure, what, and how often: run the same over every store. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FailedRequest, TaskError } from 'lovage';
import { chain, chord, group, Ignore, Lovage } from 'lovage';
import { depthOf } from './rabbitmq.ts';
import type { Store } from './scenarios.ts';
import { until } from './stage.ts';

const SOON = { timeout: 60 };

interface Told {
  readonly request: FailedRequest;
  readonly error: TaskError;
  readonly traceback: string | null;
  readonly label: string;
}

export function errbackScenarios(store: Store): void {
  for (const [late, name] of [
    [true, 'late'],
    [false, 'early'],
  ] as const) {
    describe(`error callbacks over ${store.name}, ${name} acknowledged`, {
      skip: store.skip ?? false,
      timeout: 180_000,
    }, () => {
      let app: Lovage;
      let worker: Awaited<ReturnType<Lovage['worker']>>;
      let tasks: ReturnType<typeof define>;
      let close: () => Promise<void>;
      const all: Told[] = [];

      before(async () => {
        const opened = await store.open();
        close = opened.close;
        app = new Lovage('errbacks', {
          brokerUrl: opened.broker,
          resultBackend: opened.results,
          taskAcksLate: late,
          lovageLogLevel: 'silent',
        });
        tasks = define(app, all);
        worker = await app.worker({ concurrency: 8 });
      });
      after(async () => {
        await worker.stop('warm');
        await app.close();
        await close();
      });

      /** All that was told under a label, once `count` came and nothing is on its way any more. */
      async function told(label: string, count = 1): Promise<readonly Told[]> {
        const mine = () => all.filter((each) => each.label === label);
        await until(() => mine().length >= count, `${label} was told ${count} times`, 30_000);
        await until(async () => {
          const { ready, claimed, delayed } = await depthOf(app);
          return ready + claimed + delayed === 0;
        }, 'nothing is on its way');
        assert.equal(mine().length, count, label);
        return mine();
      }

      test('the call, the error and the traceback', async () => {
        const { fail, alert } = tasks;
        const result = await fail
          .s('no')
          .linkError(alert.s('plain'))
          .applyAsync([], { headers: { trace: 'x' } });
        await assert.rejects(result.get(SOON), { type: 'Broken' });
        const [{ request, error, traceback }] = (await told('plain')) as [Told];
        assert.deepEqual([request.id, request.task, request.args], [result.id, 'eb.fail', ['no']]);
        assert.deepEqual([request.retries, request.queue, request.headers], [0, 'celery', { trace: 'x' }]);
        assert.deepEqual([error.name, error.type, error.message], ['TaskError', 'Broken', 'no']);
        assert.match(traceback!, /: no\n +at /);
        assert.equal(error.traceback, traceback);
      });

      test('a task that is out of retries, once', async () => {
        const { hopeless, alert } = tasks;
        const result = await hopeless.s().linkError(alert.s('retries')).delay();
        await assert.rejects(result.get(SOON), { type: 'Broken' });
        const [{ request }] = (await told('retries')) as [Told];
        assert.deepEqual([request.id, request.retries], [result.id, 2]);
      });

      test('a chain, once, by the step that failed', async () => {
        const { add, fail, alert } = tasks;
        const flow = chain(add.s(1, 2), fail.si('middle'), add.s(1), fail.si('never'));
        const result = await flow.linkError(alert.s('chain')).delay();
        await assert.rejects(result.get(SOON), { message: 'middle' });
        const [{ request, error }] = (await told('chain')) as [Told];
        assert.deepEqual([request.task, request.args, error.message], ['eb.fail', ['middle'], 'middle']);
        const first = result.parent!.parent!.parent!.id;
        assert.deepEqual([request.rootId, request.parentId], [first, first]);
      });

      test('a chord, once, of its body, whatever of its header failed', async () => {
        const { add, fail, sum, alert } = tasks;
        const flow = chord([fail.s('x'), add.s(1, 1), fail.s('y')], sum.s());
        const result = await flow.linkError(alert.s('chord')).delay();
        await assert.rejects(result.get(SOON), { type: 'ChordError' });
        const [{ request, error, traceback }] = (await told('chord')) as [Told];
        assert.deepEqual([request.id, request.task, request.retries], [result.id, 'eb.sum', 0]);
        assert.match(error.message, /^Dependency \S+ raised Broken\('[xy]'\)$/);
        assert.deepEqual([error.type, traceback], ['ChordError', null]);
      });

      test('a chord in a chain, and one around a chord: once', async () => {
        const { add, fail, sum, list, alert } = tasks;
        const inner = chord([fail.s('deep'), add.s(1, 1)], sum.s());
        const flow = chain(add.s(1, 2), group(add.s(1), fail.si('x')), sum.s(), add.s(1));
        await flow.linkError(alert.s('chord in chain')).delay();
        await chord([inner, add.s(1, 1)], list.s())
          .linkError(alert.s('around'))
          .delay();
        const [{ error }] = (await told('chord in chain')) as [Told];
        assert.equal(error.type, 'ChordError');
        const [outer] = (await told('around')) as [Told];
        assert.equal(outer.request.task, 'eb.list');
        assert.match(outer.error.message, /raised ChordError/);
      });

      test('one that was linked twice, once', async () => {
        const { fail, alert } = tasks;
        await fail.s('no').linkError(alert.s('twice')).linkError(alert.s('twice')).delay();
        await told('twice');
      });

      test('one that fails is retried by itself, then tells its own; the failure stays what it was', async () => {
        const { fail, alert, bad } = tasks;
        const result = await fail
          .s('no')
          .linkError(bad.s('bad').linkError(alert.s('after bad')))
          .delay();
        await assert.rejects(result.get(SOON), { type: 'Broken', message: 'no' });
        const [{ request, error }] = (await told('after bad')) as [Told];
        assert.deepEqual([request.task, request.retries, error.message], ['eb.bad', 1, 'bad too: no']);
        assert.deepEqual([request.parentId, request.headers], [result.id, {}]);
        assert.equal(all.filter(({ label }) => label === 'bad').length, 2, 'it was told at its retry too');
      });

      test('one that no worker knows is kept, and keeps nobody from being told', async () => {
        const { fail, alert } = tasks;
        const unknown = app.signature('eb.nobody', ['x']);
        const result = await fail.s('no').linkError(unknown).linkError(alert.s('beside')).delay();
        await assert.rejects(result.get(SOON), { type: 'Broken' });
        await told('beside');
        const { broker } = await app.drivers();
        await until(async () => {
          const kept = await broker.peek('lovage.quarantine', 100);
          return kept.some(({ headers }) => headers['task'] === 'eb.nobody');
        }, 'it is in quarantine');
      });

      test('nobody is told of what expired or was ignored', async () => {
        const { add, ignored, alert, fail } = tasks;
        await add
          .s(1, 1)
          .linkError(alert.s('quiet'))
          .applyAsync([], { expires: new Date(Date.now() - 1000) });
        await ignored.s().linkError(alert.s('quiet')).delay();
        await fail.s('last').linkError(alert.s('not quiet')).delay();
        await told('not quiet');
        assert.equal(all.filter(({ label }) => label === 'quiet').length, 0);
      });

      test('a task that is told the id only, as in Celery', async () => {
        const { fail, old } = tasks;
        const result = await fail.s('no').linkError(old.s('old')).delay();
        await until(() => tasks.ids.includes(result.id), 'the id came');
      });

      const childless = { skip: store.childless ?? false };
      test('several callbacks are one group among the children, and all run', childless, async () => {
        const { add, double } = tasks;
        const result = await add.s(1, 1).link(double.s()).link(add.s(10)).delay();
        assert.equal(await result.get(SOON), 2);
        const [links, ...more] = await result.children();
        assert.equal(more.length, 0);
        assert.deepEqual(
          await (links as unknown as { get(options: object): Promise<unknown> }).get(SOON),
          [4, 12],
        );
      });

      test('a chord by the tasks of its header too, with taskAllowErrorCbOnChordHeader', async () => {
        const { brokerUrl, resultBackend } = app.conf;
        const caller = new Lovage('caller', {
          brokerUrl,
          resultBackend,
          taskAllowErrorCbOnChordHeader: true,
        });
        const s = (task: string, ...args: unknown[]) => caller.signature<number>(`eb.${task}`, args);
        const flow = chord(
          [s('fail', 'x'), s('add', 1, 1), s('fail', 'y')],
          caller.signature<number>('eb.sum'),
        );
        const result = await flow.linkError(tasks.alert.s('header')).delay();
        const by = (await told('header', 3)).map(({ request }) => request.task).sort();
        assert.deepEqual(by, ['eb.fail', 'eb.fail', 'eb.sum']);
        assert.equal(await result.state(), 'FAILURE');
        await caller.close();
      });
    });
  }
}

class Broken extends Error {}

function define(app: Lovage, all: Told[]) {
  const ids: string[] = [];
  return {
    ids,
    add: app.task('eb.add', (x: number, y: number) => x + y),
    double: app.task('eb.double', (n: number) => n * 2),
    sum: app.task('eb.sum', (numbers: number[]) => numbers.length),
    list: app.task('eb.list', (items: unknown[]) => items),
    fail: app.task('eb.fail', (text: string): number => {
      throw new Broken(text);
    }),
    hopeless: app.task(
      { name: 'eb.hopeless', autoretryFor: [Broken], retryKwargs: { countdown: 0 }, maxRetries: 2 },
      (): number => {
        throw new Broken('never works');
      },
    ),
    ignored: app.task('eb.ignored', (): number => {
      throw new Ignore('not today');
    }),
    old: app.task('eb.old', (id: string, _label: string) => void ids.push(id)),
    alert: app.errback('eb.alert', (request, error, traceback, label: string) => {
      all.push({ request, error, traceback, label });
    }),
    bad: app.errback(
      { name: 'eb.bad', autoretryFor: [Broken], retryKwargs: { countdown: 0 }, maxRetries: 1 },
      (request, error, traceback, label: string) => {
        all.push({ request, error, traceback, label });
        throw new Broken(`bad too: ${error.message}`);
      },
    ),
  };
}

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { TaskError } from 'lovage';
import { KombuStage, skip } from '../kombu-stage.ts';
import { python } from '../python.ts';
import { until } from '../watching.ts';

/** What Python's caller sees of a task. */
interface Outcome {
  readonly value?: unknown;
  readonly state: string;
  readonly type?: string;
  readonly text?: string;
}

describe("Celery and ours on kombu's tables in PostgreSQL", { skip, timeout: 240_000 }, () => {
  const stage = new KombuStage();
  before(() => stage.start());
  after(() => stage.stop());
  beforeEach(() => stage.begin());
  afterEach(() => stage.end());

  test('a Python client calls tasks that run here', async (t) => {
    await stage.ourWorker(t);
    const answer = await python<Outcome[]>(
      stage.peer,
      `
import time
text = 'é☃𝄞' * 120000
sent = time.time()
add = lambda *args: signature('ts.add', args=args, app=app)
total = signature('ts.total', app=app)
begun = [
    send('ts.add', 2, 3), send('ts.echo', text), send('ts.fail', 'wrong kind'), send('ts.flaky', 2),
    send('ts.now', countdown=1.5), send('ts.now', expires=-1), send('ts.nobody'),
    chain(add(1, 2), add(10), add(100)).apply_async(),
    chord([add(n, n) for n in range(4)], app=app)(total),
]
answer = [outcome(each, 60) for each in begun]
answer[1] = {'value': answer[1]['value'] == [text], 'state': answer[1]['state']}
answer[4] = {'value': answer[4]['value'] - sent >= 1.499, 'state': answer[4]['state']}`,
    );
    const told = answer.map(({ value, type, state }) => [state, type ?? value]);
    assert.deepEqual(told, [
      ['SUCCESS', 5],
      ['SUCCESS', true],
      ['FAILURE', 'TypeError'],
      ['SUCCESS', 2],
      ['SUCCESS', true],
      ['REVOKED', 'TaskRevokedError'],
      ['FAILURE', 'NotRegistered'],
      ['SUCCESS', 113],
      ['SUCCESS', 12],
    ]);
    // What is done is gone; nothing is left to be recovered.
    await until('nothing is held', async () => (await stage.held()).length === 0);
    assert.deepEqual(await stage.rows(), []);
  });

  test('we call tasks that run in Python', async (t) => {
    await stage.theirWorker(t);
    const call = async (name: string, args: readonly unknown[] = [], options = {}) =>
      (await stage.app.sendTask(name, { args, ...options })).get({ timeout: 60 });
    assert.equal(await call('py.add', [2, 3]), 5);
    const text = 'é☃𝄞'.repeat(120_000);
    assert.deepEqual(await call('py.echo', [text]), { args: [text], kwargs: {} });
    await assert.rejects(call('py.fail', ['broken']), (error: TaskError) => {
      assert.ok(error instanceof TaskError);
      return error.type === 'ValueError' && /broken/.test(error.message);
    });
    const flaky = (await call('py.flaky', [2])) as { readonly retries: number };
    assert.equal(flaky.retries, 2);
    const due = Date.now() / 1000 + 1.5;
    assert.ok(((await call('py.now', [], { countdown: 1.5 })) as number) >= due - 0.001);
    const seen = (await call('py.request', [], { priority: 6 })) as Record<string, unknown>;
    assert.deepEqual([seen['routing_key'], seen['lang']], [stage.peer.queue, 'js']);
  });

  test('a workflow goes from one to the other and back', async (t) => {
    await stage.theirWorker(t);
    const elsewhere = `${stage.peer.queue}-ts`;
    const here = stage.ours(elsewhere);
    t.after(() => here.close());
    await stage.ourWorker(t, here);
    const mixed = await python<Outcome>(
      stage.peer,
      `
py = lambda name, *args: signature(name, args=args, app=app, queue='${stage.peer.queue}')
ts = lambda name, *args: signature(name, args=args, app=app, queue='${elsewhere}')
answer = [
    outcome(chain(ts('ts.add', 1, 2), py('py.add', 10), ts('ts.add', 100)).apply_async(), 60)['value'],
    outcome(chord([py('py.add', 1, 1), ts('ts.add', 2, 2)], app=app)(ts('ts.total')), 60)['value'],
]`,
    );
    assert.deepEqual(mixed, [113, 6]);
  });

  test('workers of both share a queue: each message goes to one of them', async (t) => {
    await stage.theirWorker(t);
    await stage.ourWorker(t);
    const ran: [string, number][] = [];
    const by = (who: string) => ran.filter(([name]) => name === who).length;
    await until('both had their share', async () => {
      const theirs = python<[string, number][]>(
        stage.peer,
        "answer = [each.get(timeout=60) for each in [send('shared.mark', n) for n in range(20)]]",
      );
      const sent = await stage.app.bulk(
        Array.from({ length: 20 }, (_, n) => ({ task: 'shared.mark', args: [20 + n] })),
      );
      for (const result of sent) ran.push((await result.get({ timeout: 60 })) as [string, number]);
      ran.push(...(await theirs));
      return by('py') > 0 && by('ts') > 0;
    });
    assert.deepEqual(
      ran.map(([, n]) => n).sort((a, b) => a - b),
      Array.from({ length: ran.length }, (_, i) => Math.floor((i * 40) / ran.length)),
    );
    // Python leaves what it has consumed, claimed once. Ours are deleted.
    await until('nothing is held', async () => (await stage.held()).length === 0);
    const left = await stage.rows();
    assert.equal(left.length, by('py'));
    for (const row of left) assert.deepEqual([row.visible, row.version], [false, 2]);
  });

  test('what Celery itself does not do over these tables, ours do among themselves', async (t) => {
    await stage.theirWorker(t);
    const worker = await stage.ourWorker(t);
    const answers = await stage.app.control.ping({ timeout: 20, limit: 1 });
    assert.deepEqual(
      answers.flatMap((answer) => Object.keys(answer)),
      [worker.hostname],
    );
  });
});

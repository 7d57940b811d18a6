import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArguments, InvalidCall, Signature } from '@lovage/app';
import { EncodeError } from '@lovage/protocol';
import * as z from 'zod';
import { setUp } from './sending-app.ts';

test('delay sends the arguments to the default queue, which is declared once', async () => {
  const { app, service, sent, headers, body } = setUp();
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const result = await add.delay(1, 2);
  await add.delay(3, 4);
  assert.deepEqual(service.declared, ['celery']);
  assert.equal(sent().queue, 'celery');
  assert.deepEqual(body().args, [3, 4]);
  assert.equal(service.published[0]![0]!.envelope.id, result.id);
  assert.equal(headers().task, 't.add');
  assert.equal(headers().rootId, headers().id);
  assert.equal(headers().parentId, null);
  assert.match(headers().origin ?? '', /^gen\d+@./);
});

test('every option of a call reaches its message', async () => {
  const { app, sent, headers, body } = setUp();
  const pay = app.task('t.pay', (id: number) => id);
  const before = Date.now();
  await pay.applyAsync([5], {
    countdown: 60,
    expires: 120,
    priority: 7,
    queue: 'money',
    taskId: 'my-id',
    headers: { tenant: 'a' },
    link: pay.s(),
    linkError: [
      pay.si(9),
      { task: 'py.errback', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false },
    ],
    ignoreResult: true,
    timeLimit: 20,
    softTimeLimit: 10,
    shadow: 'payment',
    compression: 'zstd',
    replyTo: 'there',
    rootId: 'root',
    parentId: 'parent',
    argsrepr: '(hidden)',
  });
  const { envelope, queue, notBefore } = sent();
  const read = headers();
  assert.equal(queue, 'money');
  assert.ok(notBefore! >= before + 60_000);
  assert.equal(read.eta, notBefore);
  assert.ok(read.expires! >= before + 120_000);
  assert.equal(envelope.priority, 7);
  assert.equal(envelope.replyTo, 'there');
  assert.equal(read.id, 'my-id');
  assert.deepEqual(read.custom, { tenant: 'a' });
  assert.deepEqual(read.timelimit, [20, 10]);
  assert.deepEqual([read.ignoreResult, read.shadow, read.argsrepr], [true, 'payment', '(hidden)']);
  assert.deepEqual([read.rootId, read.parentId], ['root', 'parent']);
  assert.equal(read.compression, 'application/zstd');
  assert.deepEqual(
    body().embed.callbacks?.map(({ task, args }) => [task, args]),
    [['t.pay', []]],
  );
  assert.deepEqual(
    body().embed.errbacks?.map(({ task, immutable }) => [task, immutable]),
    [
      ['t.pay', true],
      ['py.errback', false],
    ],
  );
});

test('what is not due is left ready where workers of Celery may take it: they keep it themselves', async () => {
  const { app, service, sent, headers } = setUp();
  service.foreignPeers = true;
  await app.sendTask('t.x', { countdown: 60 });
  assert.equal(sent().notBefore, undefined);
  assert.ok(headers().eta! > Date.now());
});

test('an optional argument passed as undefined is left out', async () => {
  const { app, body } = setUp();
  const greet = app.task('t.greet', (name: string, greeting?: string) => `${greeting}${name}`);
  await greet.delay('ann', undefined);
  assert.deepEqual(body().args, ['ann']);
});

test('kwargs of a call join those of a signature, unless it is immutable', async () => {
  const { app, body } = setUp();
  const mail = app.task('t.mail', (...args: unknown[]) => args.length);
  const own = { kwargs: { to: 'ann', subject: 'hello' } };
  const call = { kwargs: { subject: 'bye' } };
  await mail.signature([], own).applyAsync([], call);
  assert.deepEqual(body().kwargs, { to: 'ann', subject: 'bye' });
  assert.deepEqual(mail.signature([], own).clone([], call).options.kwargs, { to: 'ann', subject: 'bye' });
  await mail.si().set(own).applyAsync([], call);
  assert.deepEqual(body().kwargs, own.kwargs);
  await mail.si().applyAsync([], call);
  assert.deepEqual(body().kwargs, {});
});

test('kwargs travel beside the arguments', async () => {
  const { app, body } = setUp();
  const mail = app.task(
    { name: 't.mail', params: ['to', 'subject'] },
    (to: string, subject: string) => to + subject,
  );
  await mail.applyAsync(['ann'], { kwargs: { subject: 'hello' } });
  assert.deepEqual(body().kwargs, { subject: 'hello' });
});

test('options that make no sense are refused together, and nothing is sent', async () => {
  const { app, service } = setUp();
  const add = app.task('t.add', (x: number) => x);
  const options = {
    eta: new Date(),
    countdown: 5,
    priority: 10,
    exchange: 'x',
    quue: 'mail',
    softTimeLimit: 9,
    timeLimit: 9,
  };
  await assert.rejects(add.applyAsync([1], options as object), (error: Error) => {
    assert.ok(error instanceof InvalidCall);
    assert.match(error.message, /eta or countdown, not both/);
    assert.match(error.message, /priority must be a whole number from 0 to 9/);
    assert.match(error.message, /exchange is not acted upon/);
    assert.match(error.message, /quue is no option of a call; did you mean queue\?/);
    assert.match(error.message, /softTimeLimit \(9 s\) must be less/);
    return true;
  });
  await assert.rejects(app.sendTask('t.add', { args: 'ab' as never }), /must be a list/);
  assert.equal(service.published.length, 0);
});

test('what JSON cannot carry is named by its place', async () => {
  const { app } = setUp();
  const any = app.task('t.any', (value: unknown) => value);
  const hidden: unknown = [{ callback: () => 1 }];
  await assert.rejects(any.delay(hidden), (error: Error) => {
    assert.ok(error instanceof EncodeError);
    assert.match(error.message, /args\[0\]\[0\]\.callback/);
    return true;
  });
});

test('a signature is its form on the wire, and puts arguments in front unless it is immutable', async () => {
  const { app, body } = setUp();
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const eta = new Date('2026-01-02T03:04:05Z');
  assert.deepEqual(add.signature([2], { countdown: 5, kwargs: { a: 1 }, link: add.si(1, 2), eta }).toJSON(), {
    task: 't.add',
    args: [2],
    kwargs: { a: 1 },
    options: {
      countdown: 5,
      link: [{ task: 't.add', args: [1, 2], kwargs: {}, options: {}, subtask_type: null, immutable: true }],
      eta: '2026-01-02T03:04:05.000000+00:00',
    },
    subtask_type: null,
    immutable: false,
  });
  await add.s(2).delay(1);
  assert.deepEqual(body().args, [1, 2]);
  await add.si(1, 2).delay(9);
  assert.deepEqual(body().args, [1, 2]);
  assert.ok(add.s().link(add.s()).linkError(add.s()) instanceof Signature);
});

test('a schema refuses at the call, and what is sent are the arguments as given', async () => {
  const { app, service, body } = setUp();
  const schema = z.tuple([z.string().transform((text) => text.length)]);
  const task = app.task({ name: 't.schema', schema }, (length) => length * 2);
  await assert.rejects(task.delay(5 as never), (error: Error) => {
    assert.ok(error instanceof InvalidArguments);
    assert.match(error.message, /the arguments of t\.schema are refused by its schema: args\.0: /);
    return true;
  });
  assert.equal(service.published.length, 0);
  await task.delay('four');
  assert.deepEqual(body().args, ['four']);
  assert.equal(await (await task.apply(['four'])).get(), 8);
});

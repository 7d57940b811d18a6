import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, InvalidArguments, InvalidCall, OperationalError, QueueNotFound, Signature } from '@lovage/app';
import type { OutgoingMessage } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { EncodeError, readBody, readHeaders } from '@lovage/protocol';
import * as z from 'zod';
import { fakeDriver, unavailable } from './fake-driver.ts';

const ACCEPT = new Set(['application/json', 'application/x-yaml']);

function setUp(options: AppOptions = {}) {
  const { service, driver } = fakeDriver();
  const app = new App('calls', { environment: {}, brokerUrl: 'fake://', drivers: [driver], ...options });
  const sent = (): OutgoingMessage => service.published.at(-1)!.at(-1)!;
  return { app, service, sent, headers: () => readHeaders(sent().envelope), body: () => bodyOf(sent()) };
}

const bodyOf = ({ envelope }: OutgoingMessage) => readBody(envelope, { accept: ACCEPT, maxBytes: 1e6 });

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

test('precedence: call over task over route over default', async () => {
  const { app, sent } = setUp({
    taskRoutes: { 't.*': { queue: 'routed', priority: 2 } },
    taskDefaultPriority: 1,
  });
  const plain = app.task('t.plain', () => 1);
  const own = app.task({ name: 't.own', queue: 'own', priority: 5 }, () => 1);
  const elsewhere = app.task('u.plain', () => 1);
  await elsewhere.delay();
  assert.deepEqual([sent().queue, sent().envelope.priority], ['celery', 1]);
  await plain.delay();
  assert.deepEqual([sent().queue, sent().envelope.priority], ['routed', 2]);
  await own.delay();
  assert.deepEqual([sent().queue, sent().envelope.priority], ['own', 5]);
  await own.applyAsync([], { queue: 'called', priority: 9 });
  assert.deepEqual([sent().queue, sent().envelope.priority], ['called', 9]);
});

test('routes: exact names, globs, regular expressions and functions; the first that answers counts', async () => {
  const { app, sent } = setUp({
    taskRoutes: [
      (name, args) => (name === 'f.big' && (args[0] as number) > 10 ? 'big' : null),
      new Map<string | RegExp, string>([
        [/^re\.\d+$/g, 'regexp'],
        ['exact.one', 'exact'],
      ]),
      ['pair.*', 'pair'],
      { 'exact.*': 'glob', 'f.*': { queue: 'small' }, 'set.[ab]': 'set' },
    ],
  });
  const where = async (name: string, ...args: unknown[]) => {
    await app.sendTask(name, { args });
    return sent().queue;
  };
  assert.equal(await where('f.big', 11), 'big');
  assert.equal(await where('f.big', 9), 'small');
  assert.equal(await where('re.12'), 'regexp');
  assert.equal(await where('re.13'), 'regexp');
  assert.equal(await where('exact.one'), 'exact');
  assert.equal(await where('exact.two.three'), 'glob');
  assert.equal(await where('pair.x'), 'pair');
  assert.equal(await where('set.a'), 'set');
  assert.equal(await where('set.c'), 'celery');
});

test('a queue that does not exist is refused with the nearest name, when queues are not made', async () => {
  const { app } = setUp({ taskQueues: ['celery', 'mail', 'reports'], taskCreateMissingQueues: false });
  await assert.rejects(app.sendTask('t.x', { queue: 'report' }), (error: Error) => {
    assert.ok(error instanceof QueueNotFound);
    assert.match(error.message, /did you mean reports\?/);
    return true;
  });
});

test('a call from inside a task has it for a parent, and its root; priority only when that is asked for', async () => {
  for (const taskInheritParentPriority of [false, true]) {
    const { app, sent, headers } = setUp({ taskInheritParentPriority });
    const child = app.task('t.child', () => 1);
    const parent = app.task('t.parent', async () => void (await child.delay()));
    await parent.apply([], { taskId: 'p', rootId: 'r', priority: 6 });
    assert.deepEqual([headers().parentId, headers().rootId], ['p', 'r']);
    assert.equal(sent().envelope.priority, taskInheritParentPriority ? 6 : undefined);
  }
});

test('bulk sends all calls in one publish', async () => {
  const { app, service } = setUp();
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const results = await app.bulk([
    add.s(1, 2),
    { task: add, args: [3, 4], options: { queue: 'b' } },
    { task: 'py.task' },
  ]);
  assert.equal(service.published.length, 1);
  assert.deepEqual(
    service.published[0]!.map(({ queue }) => queue),
    ['celery', 'b', 'celery'],
  );
  assert.deepEqual(
    results.map(({ id }) => id),
    service.published[0]!.map(({ envelope }) => envelope.id),
  );
  assert.deepEqual(await app.bulk([]), []);
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

test('before and after publishing receivers are told, and may change headers first', async () => {
  const { app, sent } = setUp();
  const told: string[] = [];
  app.signals.beforeTaskPublish.connect(({ headers, properties, routingKey }, sender) => {
    headers['tenant'] = 'a';
    properties.priority = 3;
    told.push(`before ${sender} ${routingKey}`);
  });
  app.signals.afterTaskPublish.connect(({ headers, body }) =>
    told.push(`after ${headers['tenant']} ${body.args}`),
  );
  app.signals.afterTaskPublish.connect(() => told.push('other'), { sender: 't.other' });
  await app.sendTask('t.x', { args: [1] });
  assert.deepEqual(told, ['before t.x celery', 'after a 1']);
  assert.equal(sent().envelope.headers['tenant'], 'a');
  assert.equal(sent().envelope.priority, 3);
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

test('with the broker down every call is rejected in time, the first and the later ones', async () => {
  const { app, service } = setUp({ lovagePublishTimeout: 0.2 });
  for (const publish of [() => Promise.reject(unavailable()), () => new Promise<void>(() => {})]) {
    service.publish = publish;
    for (let call = 0; call < 2; call += 1) {
      await assert.rejects(app.sendTask('t.x'), (error: Error) => {
        assert.ok(error instanceof OperationalError);
        assert.match(error.message, /^the broker fake:\/\/ did not take the call/);
        return true;
      });
    }
  }
});

test('a broker that comes back within the policy takes the call', async () => {
  const { app, service } = setUp({ taskPublishRetryPolicy: { maxRetries: 2, intervalStep: 0.01 } });
  let away = 2;
  const take = service.publish;
  service.publish = (messages) => (away-- > 0 ? Promise.reject(unavailable()) : take(messages));
  await app.sendTask('t.x');
  assert.equal(service.published.length, 1);
  away = 3;
  await assert.rejects(app.sendTask('t.x'), (error: Error) => error.cause instanceof DriverError);
});

test('no second try without taskPublishRetry, with retry: false, or after a refusal', async () => {
  const tries = async (options: AppOptions, call: { retry?: boolean }, error: DriverError) => {
    const { app, service } = setUp(options);
    let count = 0;
    service.publish = () => {
      count += 1;
      return Promise.reject(error);
    };
    await assert.rejects(app.sendTask('t.x', call), OperationalError);
    return count;
  };
  assert.equal(await tries({ taskPublishRetry: false }, {}, unavailable()), 1);
  assert.equal(await tries({}, { retry: false }, unavailable()), 1);
  assert.equal(await tries({}, {}, new DriverError('refused', 'wrong password')), 1);
  assert.equal(
    await tries({ taskPublishRetryPolicy: { maxRetries: 2, intervalStep: 0 } }, {}, unavailable()),
    3,
  );
});

test('two apps in one process do not touch each other', async () => {
  const one = setUp({ taskDefaultQueue: 'one' });
  const two = setUp({ taskDefaultQueue: 'two' });
  const first = one.app.task('t.same', () => 1);
  const second = two.app.task('t.same', () => 2);
  await first.delay();
  await second.delay();
  assert.equal(one.sent().queue, 'one');
  assert.equal(two.sent().queue, 'two');
});

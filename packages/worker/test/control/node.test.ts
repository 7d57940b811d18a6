import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../scene.ts';
import { address, asking } from './asking.ts';
import { FakePanel, HOSTNAME } from './fake-panel.ts';

test('an answer is for its ticket, under the name of the node, and later by the clock than the question', async (t) => {
  const panel = new FakePanel(t);
  const node = await asking(t, panel);
  await node.send('ping', { reply: address }, 82);
  await until(() => node.replies.length > 0, 'ping is answered');
  assert.deepEqual(node.replies[0]!.body, { [HOSTNAME]: { ok: 'pong' } });
  assert.equal(node.replies[0]!.headers['ticket'], address.ticket);
  assert.equal(node.replies[0]!.headers['clock'], 84);
});

test('a request moves the clock, also one for another node', async (t) => {
  const panel = new FakePanel(t);
  const node = await asking(t, panel);
  await node.send('ping', { destination: ['other@host2'] }, 500);
  await until(() => panel.clock.value === 501, 'the clock has moved');
});

test('what is asked without an address is done and not answered', async (t) => {
  const panel = new FakePanel(t);
  const node = await asking(t, panel);
  await node.send('heartbeat');
  await node.send('revoke', { arguments: { task_id: 'a' } });
  await node.ask('ping');
  assert.deepEqual(panel.done, ['heartbeat', 'revoke a']);
  assert.equal(node.replies.length, 1);
});

test('shutdown is never answered', async (t) => {
  const panel = new FakePanel(t);
  const node = await asking(t, panel);
  await node.send('shutdown', { reply: address });
  await node.ask('ping');
  assert.deepEqual(panel.done, ['shutdown']);
  assert.deepEqual(
    node.replies.map(({ body }) => body),
    [{ [HOSTNAME]: { ok: 'pong' } }],
  );
  assert.ok(panel.log.lines.includes('warn Got shutdown from remote'));
});

const FOR_IT: readonly [string, Parameters<Awaited<ReturnType<typeof asking>>['send']>[1]][] = [
  ['its name', { destination: ['other@host', HOSTNAME] }],
  ['a glob', { pattern: 'w*@host1', matcher: 'glob' }],
  ['a regular expression', { pattern: String.raw`w\d@.*`, matcher: 'pcre' }],
  ['a glob whose matcher was left out', { pattern: 'w?@host1' }],
  ['its name, whatever the pattern', { destination: [HOSTNAME], pattern: 'nobody', matcher: 'glob' }],
];
for (const [what, request] of FOR_IT) {
  test(`a node is meant by ${what}`, async (t) => {
    const node = await asking(t, new FakePanel(t));
    assert.deepEqual(await node.ask('ping', {}, request), { ok: 'pong' });
  });
}

const NOT_FOR_IT: readonly (typeof FOR_IT)[number][] = [
  ['another name', { destination: ['x@y'] }],
  ['part of its name', { destination: [`${HOSTNAME}.example`] }],
  ['a glob of part of its name', { pattern: 'w1', matcher: 'glob' }],
  ['a regular expression that is not at its start', { pattern: 'host1', matcher: 'pcre' }],
  ['a glob of others, whose matcher was left out', { pattern: 'x*' }],
];
for (const [what, request] of NOT_FOR_IT) {
  test(`a node is not meant by ${what}, and says nothing`, async (t) => {
    const panel = new FakePanel(t);
    const node = await asking(t, panel);
    await node.send('shutdown', request);
    await node.send('ping', { reply: address, ...request });
    await node.ask('clock');
    assert.deepEqual(panel.done, []);
    assert.equal(node.replies.length, 1);
    assert.deepEqual(
      panel.log.lines.filter((line) => line.startsWith('error')),
      [],
    );
  });
}

test('patterns that cannot be read, or that other engines choke on, are for nobody', async (t) => {
  const panel = new FakePanel(t);
  const node = await asking(t, panel);
  for (const [pattern, matcher] of [
    ['(a+', 'pcre'],
    [String.raw`(?=w)\1`, 'pcre'],
    [`${'(x+x+)+'.repeat(20)}y`, 'pcre'],
    ['*'.repeat(2000), 'glob'],
    ['w*', 'startswith'],
  ]) {
    await node.send('shutdown', { pattern: pattern!, matcher: matcher! });
  }
  assert.deepEqual(await node.ask('ping'), { ok: 'pong' });
  assert.deepEqual(panel.done, []);
  assert.equal(panel.log.lines.filter((line) => line === 'error cannot read a control request').length, 4);
});

test('an unknown command is a KeyError, as in Python', async (t) => {
  const node = await asking(t, new FakePanel(t));
  assert.deepEqual(await node.ask('nosuch'), { error: "KeyError('nosuch')" });
  assert.deepEqual(await node.ask('__proto__'), { error: "KeyError('__proto__')" });
});

const REFUSED: readonly [string, Readonly<Record<string, unknown>>, string][] = [
  ['add_consumer', {}, `TypeError("add_consumer() missing 1 required positional argument: 'queue'")`],
  [
    'rate_limit',
    {},
    `TypeError("rate_limit() missing 2 required positional arguments: 'task_name' and 'rate_limit'")`,
  ],
  ['report', { zzz: 1 }, `TypeError("report() got an unexpected keyword argument 'zzz'")`],
  ['autoscale', { max: 1, up: 2 }, `TypeError("autoscale() got an unexpected keyword argument 'up'")`],
  ['query_task', { ids: [1] }, "TypeError('ids must be a text, or a list of texts')"],
  ['pool_grow', { n: -1 }, "TypeError('n must be a whole number from 0, or null')"],
  ['pool_grow', { n: 1e9 }, "ValueError('a pool has at most 10000 slots')"],
  [
    'revoke',
    { task_id: 'a', signal: 'NOSUCH' },
    `AttributeError("module 'signal' has no attribute 'SIGNOSUCH'")`,
  ],
  ['revoke', { task_id: 'a', signal: 'kill' }, "TypeError('signal name must be uppercase string.')"],
  ['revoke', { task_id: ['x'.repeat(2000)] }, "ValueError('the id of a task has 1 to 1024 characters')"],
];
for (const [method, args, error] of REFUSED) {
  test(`${method} ${JSON.stringify(args).slice(0, 40)} is refused in Python's words`, async (t) => {
    const panel = new FakePanel(t);
    const node = await asking(t, panel);
    assert.deepEqual(await node.ask(method, args), { error });
    assert.deepEqual(panel.done, []);
  });
}

test('arguments that a command does not know are left out', async (t) => {
  const node = await asking(t, new FakePanel(t));
  assert.deepEqual(await node.ask('ping', { zzz: 1 }), { ok: 'pong' });
});

test('messages that are no requests are left out, and the next is heard', async (t) => {
  const panel = new FakePanel(t);
  const node = await asking(t, panel);
  for (const body of ['', '{', '[]', '{"method": 5}', 'null']) {
    await node.bus.send('control', { topic: '', headers: {}, body: Buffer.from(body) });
  }
  assert.deepEqual(await node.ask('ping'), { ok: 'pong' });
  assert.equal(panel.log.lines.filter((line) => line === 'error cannot read a control request').length, 5);
});

test("a command of the user's own gets the app, the node's name and its arguments", async (t) => {
  const panel = new FakePanel(t);
  panel.app.controlCommand('flush_cache', async ({ app, hostname }, args) => ({
    ok: `${app.name} ${hostname} ${args['region']}`,
  }));
  const node = await asking(t, panel);
  assert.deepEqual(await node.ask('flush_cache', { region: 'eu' }), { ok: `control ${HOSTNAME} eu` });
});

test("what a user's command throws is its answer, and the node goes on", async (t) => {
  const panel = new FakePanel(t);
  panel.app
    .controlCommand('sync', () => {
      throw new TypeError("it's broken");
    })
    .controlCommand('rejects', () => Promise.reject(new Error('later')))
    .controlCommand('no_json', () => ({ fn: () => 1 }))
    .controlCommand('nothing', () => undefined);
  const node = await asking(t, panel);
  assert.deepEqual(await node.ask('sync'), { error: `TypeError("it's broken")` });
  assert.deepEqual(await node.ask('rejects'), { error: "Error('later')" });
  assert.match(JSON.stringify(await node.ask('no_json')), /EncodeError\(.*fn is a function/);
  assert.equal(await node.ask('nothing'), null);
  assert.deepEqual(await node.ask('ping'), { ok: 'pong' });
});

test('a command that never ends keeps nobody else waiting', async (t) => {
  const panel = new FakePanel(t);
  panel.app.controlCommand('hangs', () => new Promise(() => {}));
  const node = await asking(t, panel);
  await node.send('hangs', { reply: address });
  assert.deepEqual(await node.ask('ping'), { ok: 'pong' });
});

test('two hundred commands that hang are enough: the next is told so', async (t) => {
  const panel = new FakePanel(t);
  panel.app.controlCommand('hangs', () => new Promise(() => {}));
  const node = await asking(t, panel);
  for (let index = 0; index < 200; index += 1) await node.send('hangs', { reply: address });
  assert.deepEqual(await node.ask('ping'), { error: '200 commands are at work already; ask again later' });
});

test('an answer that is too large becomes one that says so', async (t) => {
  const panel = new FakePanel(t);
  panel.app.controlCommand('large', () => 'x'.repeat(2000));
  const node = await asking(t, panel, { maxAnswerBytes: 1000 });
  const { error } = (await node.ask('large')) as { error: string };
  assert.match(error, /^ValueError\('an answer of \d+ bytes; at most 1000 are sent'\)$/);
});

test('a node that was closed does nothing any more', async (t) => {
  const panel = new FakePanel(t);
  let finish: (value: string) => void = () => {};
  panel.app.controlCommand('slow', () => new Promise((resolve) => (finish = resolve)));
  const node = await asking(t, panel);
  await node.send('slow', { reply: address });
  await node.ask('ping');
  await node.close();
  finish('too late');
  await node.send('shutdown');
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  assert.deepEqual(panel.done, []);
  assert.equal(node.replies.length, 1);
});

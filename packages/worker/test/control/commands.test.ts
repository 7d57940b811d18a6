/** What commands do, where the captures of Celery do not show it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../scene.ts';
import { asking } from './asking.ts';
import { FakePanel, held, messageOf } from './fake-panel.ts';

describe('revoke', () => {
  test('ids that come twice are revoked once, a list and one alike', async (t) => {
    const panel = new FakePanel(t);
    const node = await asking(t, panel);
    assert.deepEqual(await node.ask('revoke', { task_id: ['a', 'b', 'a'] }), {
      ok: 'tasks a, b flagged as revoked',
    });
    await node.ask('revoke', { task_id: 'c' });
    assert.deepEqual(panel.done, ['revoke a', 'revoke b', 'revoke c']);
    assert.ok(panel.log.lines.includes('info Tasks flagged as revoked: a, b'));
  });

  test('with terminate ends what runs, with the signal asked for, and names what waits', async (t) => {
    const panel = new FakePanel(t);
    panel.running = [held('a', 'shop.mail', []), held('other', 'shop.mail', [])];
    panel.waiting = [held('b', 'shop.mail', [])];
    const node = await asking(t, panel);
    const args = { task_id: ['a', 'b', 'nowhere'], terminate: true, signal: 'KILL' };
    assert.deepEqual(await node.ask('revoke', args), { ok: 'terminate: a, b' });
    assert.deepEqual(panel.done, ['revoke a', 'revoke b', 'revoke nowhere', 'SIGKILL a']);
    assert.ok(panel.log.lines.includes('info Terminating a (9)'));
  });

  for (const [given, signal] of [
    [9, 'SIGKILL'],
    ['SIGINT', 'SIGINT'],
    [null, 'SIGTERM'],
  ] as const) {
    test(`takes the signal ${given}`, async (t) => {
      const panel = new FakePanel(t);
      panel.running = [held('a', 'shop.mail', [])];
      const node = await asking(t, panel);
      await node.ask('terminate', { task_id: 'a', signal: given });
      assert.deepEqual(panel.done, ['revoke a', `${signal} a`]);
    });
  }
});

describe('revoke_by_stamped_headers', () => {
  const stamped = (id: string, stamps: Readonly<Record<string, unknown>>) =>
    held(id, 'shop.mail', [], { headers: { stampedHeaders: Object.keys(stamps), stamps } });

  test('a dict: the words of Celery 5.6', async (t) => {
    const panel = new FakePanel(t);
    const node = await asking(t, panel);
    assert.deepEqual(await node.ask('revoke_by_stamped_headers', { headers: { user: ['u2'] } }), {
      ok: "headers {'user': ['u2']} flagged as revoked, but not terminated",
    });
    assert.deepEqual(panel.done, ['revoke user=u2']);
  });

  test('texts, as a command line gives them', async (t) => {
    const panel = new FakePanel(t);
    const node = await asking(t, panel);
    const headers = ['user=u2', 'tenant=a=b'];
    assert.deepEqual(await node.ask('revoke_by_stamped_headers', { headers }), {
      ok: "headers {'user': 'u2', 'tenant': 'a=b'} flagged as revoked, but not terminated",
    });
    assert.deepEqual(panel.done, ['revoke user=u2', 'revoke tenant=a=b']);
  });

  test('with terminate ends what runs under one of the values', async (t) => {
    const panel = new FakePanel(t);
    panel.running = [
      stamped('a', { user: 'u3' }),
      stamped('b', { user: ['u1', 'u3'] }),
      stamped('c', { user: 'u4' }),
      held('d', 'shop.mail', []),
    ];
    const node = await asking(t, panel);
    const ask = (values: unknown) =>
      node.ask('revoke_by_stamped_headers', {
        headers: { user: values },
        terminate: true,
        signal: 'SIGTERM',
      });
    assert.deepEqual(await ask(['u3']), {
      ok: "headers defaultdict(<class 'set'>, {'user': {'u3'}}) revoked",
    });
    assert.deepEqual(await ask(['nope']), { ok: "headers {'user': ['nope']} were not terminated" });
    assert.deepEqual(panel.done, ['revoke user=u3', 'SIGTERM a', 'SIGTERM b', 'revoke user=nope']);
  });

  for (const headers of [null, 'user', [], {}, { user: [] }, { user: null }, ['=x'], 5]) {
    test(`${JSON.stringify(headers)} names no stamp`, async (t) => {
      const panel = new FakePanel(t);
      const node = await asking(t, panel);
      const { error } = (await node.ask('revoke_by_stamped_headers', { headers })) as { error: string };
      assert.match(error, /^TypeError\("headers must be values by header/);
      assert.deepEqual(panel.done, []);
    });
  }
});

describe('queues', () => {
  test('add_consumer takes a queue as the app describes it, and shows it', async (t) => {
    const panel = new FakePanel(t, { taskQueues: [{ name: 'mail', deadLetter: 'mail.dead' }] });
    const node = await asking(t, panel);
    await node.ask('add_consumer', {
      queue: 'mail',
      exchange: 'mail',
      routing_key: 'mail',
      exchange_type: null,
    });
    assert.deepEqual(panel.consumed, [{ name: 'celery' }, { name: 'mail', deadLetter: 'mail.dead' }]);
    const shown = (await node.ask('active_queues')) as { name: string; routing_key: string }[];
    assert.deepEqual(
      shown.map((queue) => [queue.name, queue.routing_key]),
      [
        ['celery', 'celery'],
        ['mail', 'mail'],
      ],
    );
  });

  for (const binding of [{ exchange: 'ex' }, { exchange_type: 'topic' }, { routing_key: 'a.#' }]) {
    test(`a binding that no store of ours has is refused: ${JSON.stringify(binding)}`, async (t) => {
      const panel = new FakePanel(t);
      const node = await asking(t, panel);
      const { error } = (await node.ask('add_consumer', { queue: 'mail', ...binding })) as { error: string };
      assert.match(error, /^ValueError\('queues are not bound to exchanges here: /);
      assert.deepEqual(panel.consumed, [{ name: 'celery' }]);
    });
  }
});

describe('limits', () => {
  test('time limits are in seconds; null and 0 mean none', async (t) => {
    const panel = new FakePanel(t);
    panel.app.task({ name: 'shop.mail' }, () => {});
    const node = await asking(t, panel);
    await node.ask('time_limit', { task_name: 'shop.mail', hard: 20, soft: 10.5 });
    await node.ask('time_limit', { task_name: 'shop.mail', hard: 0 });
    assert.deepEqual(panel.done, [
      'limits of shop.mail: 20 10.5',
      'limits of shop.mail: undefined undefined',
    ]);
    assert.deepEqual(await node.ask('time_limit', { task_name: 'shop.mail', hard: 'soon' }), {
      error: "TypeError('hard must be a number of seconds above 0, or null')",
    });
  });

  test('a rate limit is shown by registered, until it is lifted', async (t) => {
    const panel = new FakePanel(t);
    panel.app.task({ name: 'shop.mail' }, () => {});
    const node = await asking(t, panel);
    await node.ask('rate_limit', { task_name: 'shop.mail', rate_limit: '5/s' });
    assert.deepEqual(await node.ask('registered'), ['shop.mail [rate_limit=5/s]']);
    await node.ask('rate_limit', { task_name: 'shop.mail', rate_limit: null });
    assert.deepEqual(await node.ask('registered'), ['shop.mail']);
  });
});

describe('pool', () => {
  test('grows, shrinks and restarts', async (t) => {
    const panel = new FakePanel(t, { workerPoolRestarts: true });
    const node = await asking(t, panel);
    await node.ask('pool_grow');
    await node.ask('pool_shrink', { n: 2 });
    await node.ask('pool_restart');
    assert.deepEqual(panel.done, ['grow 1', 'shrink 2', 'restart']);
  });

  test('names of modules are not imported from the wire', async (t) => {
    const panel = new FakePanel(t, { workerPoolRestarts: true });
    const node = await asking(t, panel);
    const { error } = (await node.ask('pool_restart', { modules: ['fs'] })) as { error: string };
    assert.match(error, /^ValueError\('leave out modules: /);
    assert.deepEqual(panel.done, []);
  });

  test('a pool without processes cannot load its modules anew, and says so', async (t) => {
    const panel = new FakePanel(t, { workerPoolRestarts: true });
    panel.kind = 'async';
    const node = await asking(t, panel);
    assert.match(
      JSON.stringify(await node.ask('pool_restart')),
      /the async pool runs tasks in the worker itself/,
    );
  });

  test('what takes long is under way: the answer does not wait, and a late failure is logged', async (t) => {
    const panel = new FakePanel(t);
    const grow = Promise.withResolvers<void>();
    const { pool } = panel;
    Object.defineProperty(panel, 'pool', { value: { ...pool, grow: () => grow.promise } });
    const node = await asking(t, panel);
    assert.deepEqual(await node.ask('pool_grow'), { ok: 'pool will grow' });
    grow.reject(new Error('no memory'));
    await until(() => panel.log.lines.includes('error pool_grow failed'), 'the failure is logged');
  });
});

describe('memory', () => {
  test('samples are dumped once, the latest memory at the end', async (t) => {
    const node = await asking(t, new FakePanel(t));
    const first = await node.ask('memsample');
    assert.match(String(first), /^[\d.]+[MG]B$/);
    await node.ask('memsample');
    assert.match(
      String(await node.ask('memdump', { samples: 10 })),
      /^- rss \(sample\):\n(- {4}> [\d.]+[MG]B,\n){2}- rss \(end\): [\d.]+[MG]B\.\n- heap: /,
    );
    assert.match(String(await node.ask('memdump')), /^- rss \(end\)/);
  });

  test('objgraph says what there is instead', async (t) => {
    const node = await asking(t, new FakePanel(t));
    assert.match(
      JSON.stringify(await node.ask('objgraph', { num: 1, type: 'x' })),
      /error.*heapsnapshot-signal/,
    );
  });
});

test('scheduled: the soonest first, of all queues; what cannot be read is left out and logged', async (t) => {
  const panel = new FakePanel(t);
  const message = (id: string, notBefore: number) => ({
    queue: 'celery',
    notBefore,
    envelope: messageOf(id, 'shop.mail', [], { eta: notBefore }),
  });
  const torn = {
    ...message('torn', 1_800_000_000_000),
    envelope: { ...messageOf('torn', 't', []), headers: {} },
  };
  panel.delayed = [message('late', 1_900_000_000_000), torn, message('soon', 1_700_000_000_000)];
  const node = await asking(t, panel);
  const shown = (await node.ask('scheduled')) as { eta: string; request: { id: string; time_start: null } }[];
  assert.deepEqual(
    shown.map(({ eta, request }) => [request.id, eta]),
    [
      ['soon', '2023-11-14T22:13:20.000000+00:00'],
      ['late', '2030-03-17T17:46:40.000000+00:00'],
    ],
  );
  assert.ok(panel.log.lines.includes('warn inspect scheduled leaves out 1 messages that cannot be read'));
});

test('query_task: in the order asked, what runs before what waits, and nothing else', async (t) => {
  const panel = new FakePanel(t);
  panel.running = [held('b', 'shop.mail', [])];
  panel.waiting = [held('a', 'shop.mail', []), held('c', 'shop.mail', [])];
  const node = await asking(t, panel);
  const answer = (await node.ask('query_task', { ids: ['b', 'x', 'a'] })) as Record<string, [string, object]>;
  assert.deepEqual(
    Object.entries(answer).map(([id, [state]]) => [id, state]),
    [
      ['b', 'active'],
      ['a', 'reserved'],
    ],
  );
});

test('an election is declined with words', async (t) => {
  const node = await asking(t, new FakePanel(t));
  const { error } = (await node.ask('election', { id: 'e', topic: 'task' })) as { error: string };
  assert.match(error, /vote in elections/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import type { DriverFactory } from '@lovage/contracts';
import { driver as memory } from '@lovage/memory';
import { asking } from './asking.ts';
import { FakePanel } from './fake-panel.ts';

/** A broker whose URL may hold everything. */
const shop: DriverFactory = { schemes: ['shop'], create: () => memory.create('memory://shop', {}) };

const SECRETS: AppOptions = {
  drivers: [shop],
  brokerUrl: 'shop://ann:brokersecret@one/0?password=querysecret;shop://:othersecret@two/0',
  brokerTransportOptions: {
    sentinel_kwargs: { password: 'sentinelsecret', url: 'redis://:urlsecret@h' },
    list: [{ api_key: 'keysecret' }],
  },
  resultBackendTransportOptions: { global_keyprefix: 'shop.', token: 'tokensecret' },
};

for (const method of ['conf', 'dump_conf', 'report', 'stats']) {
  for (const args of method.endsWith('conf') ? [{ with_defaults: true }, { with_defaults: false }] : [{}]) {
    test(`${method} ${JSON.stringify(args)} shows no secret`, async (t) => {
      const node = await asking(t, new FakePanel(t, SECRETS));
      const answer = JSON.stringify(await node.ask(method, args));
      assert.ok(answer.length > 50, answer);
      assert.doesNotMatch(answer, /secret(?!_access)/);
    });
  }
}

test('conf shows what was set, under the names of Celery and in JSON', async (t) => {
  const node = await asking(
    t,
    new FakePanel(t, {
      brokerUrl: 'memory://conf',
      taskAcksLate: true,
      taskRoutes: [() => 'mail', { 'shop.*': 'shop' }],
      workerPrefetchMultiplier: 7,
      taskPublishRetryPolicy: { maxRetries: 1 },
      taskDefaultRoutingKey: undefined,
    } as object),
  );
  const conf = (await node.ask('conf')) as Record<string, unknown>;
  assert.equal(conf['broker_url'], 'memory://conf');
  assert.equal(conf['task_acks_late'], true);
  assert.equal(conf['worker_prefetch_multiplier'], 7);
  assert.equal((conf['task_routes'] as unknown[]).length, 2);
  assert.ok(!('task_ignore_result' in conf), 'a default is not shown');
});

test('report tells versions, machine, app, stores and what was set', async (t) => {
  const panel = new FakePanel(t, { brokerUrl: 'memory://report', taskAcksLate: true });
  const node = await asking(t, panel);
  const { ok } = (await node.ask('report')) as { ok: string };
  assert.match(ok, /^\nsoftware -> lovage:\d+\.\d+\.\d+ node:\d+/);
  assert.match(ok, /\nplatform -> system:\w+ arch:\w+\n/);
  assert.match(ok, /\napp {6}-> control, 0 tasks\nsettings -> transport:memory results:memory:\/\/report\n/);
  assert.match(ok, /\ntask_acks_late: True\n$/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compressorByName,
  EMPTY_EMBED,
  json,
  loadYaml,
  readHeaders,
  serializerByName,
  writeTask,
} from '@lovage/protocol';
import { TaskDescriber } from '../../src/control/request-info.ts';
import { FakePanel, HOSTNAME, held } from './fake-panel.ts';

test('a task shows its shadow as its name, its moment of start in seconds, and its process', (t) => {
  const { app } = new FakePanel(t);
  const task = held('a', 'shop.mail', [1], {
    startedMs: 1_700_000_000_250,
    pid: 7,
    acknowledged: true,
    headers: { shadow: 'shop.mail(vip)' },
  });
  assert.deepEqual(new TaskDescriber(app, HOSTNAME).info(task), {
    id: 'a',
    name: 'shop.mail(vip)',
    args: [1],
    kwargs: {},
    type: 'shop.mail',
    hostname: HOSTNAME,
    time_start: 1_700_000_000.25,
    acknowledged: true,
    delivery_info: { exchange: '', routing_key: 'celery', priority: null, redelivered: false },
    worker_pid: 7,
  });
});

test("safe shows the sender's own text: it may have left out a secret", (t) => {
  const { app } = new FakePanel(t);
  const task = held('a', 'shop.login', ['hunter2'], { headers: { argsrepr: "('***',)", kwargsrepr: '{}' } });
  assert.equal(new TaskDescriber(app, HOSTNAME, { safe: true }).info(task).args, "('***',)");
});

test('arguments that are large are shown as a short text', (t) => {
  const { app } = new FakePanel(t);
  const { args, kwargs } = new TaskDescriber(app, HOSTNAME).info(
    held('a', 'shop.mail', ['x'.repeat(100_000)]),
  );
  assert.match(String(args), /^\('xxxx/);
  assert.ok(String(args).length < 1200);
  assert.equal(kwargs, '{}');
});

test('a long text of a sender is cut', (t) => {
  const { app } = new FakePanel(t);
  const task = held('a', 'shop.mail', [], { headers: { argsrepr: 'y'.repeat(1e6), kwargsrepr: '{}' } });
  const { args } = new TaskDescriber(app, HOSTNAME, { safe: true }).info(task);
  assert.ok(String(args).length < 1200);
});

test('many tasks of some size: their values until that is enough, then texts, and a bounded answer', (t) => {
  const { app } = new FakePanel(t);
  const describer = new TaskDescriber(app, HOSTNAME);
  const task = held('a', 'shop.mail', ['x'.repeat(50_000)]);
  const shown = Array.from({ length: 500 }, () => describer.info(task));
  assert.ok(Array.isArray(shown[0]!.args));
  assert.equal(typeof shown.at(-1)!.args, 'string');
  assert.ok(JSON.stringify(shown).length < 6 * 1024 * 1024);
});

test('a small body that opens into a large one is shown as text', (t) => {
  const { app } = new FakePanel(t);
  const envelope = writeTask(
    { task: 'shop.mail', id: 'a', origin: 'gen1@host1', argsrepr: '(...)', kwargsrepr: '{}' },
    { args: ['x'.repeat(5_000_000)], kwargs: {}, embed: EMPTY_EMBED },
    { serializer: json, replyTo: '', compression: compressorByName('zlib')! },
  );
  assert.ok(envelope.body.byteLength < 20_000);
  const delivery = { queue: 'celery', envelope, redelivered: true };
  const info = new TaskDescriber(app, HOSTNAME).info({
    delivery,
    headers: readHeaders(envelope),
    acknowledged: false,
  });
  assert.equal(info.args, '(...)');
  assert.equal(info.delivery_info.redelivered, true);
});

test('values of YAML that JSON has not are shown as text', async (t) => {
  await loadYaml();
  const { app } = new FakePanel(t, { acceptContent: ['json', 'yaml'] });
  const envelope = {
    ...held('a', 'shop.mail', []).delivery.envelope,
    contentType: serializerByName('yaml')!.contentType,
    body: Buffer.from('- - &a [*a]\n- {}\n- {}\n'),
  };
  const info = new TaskDescriber(app, HOSTNAME).info({
    delivery: { queue: 'celery', envelope, redelivered: false },
    headers: { ...readHeaders(envelope), argsrepr: '(cycle)', kwargsrepr: '{}' },
    acknowledged: false,
  });
  assert.equal(info.args, '(cycle)');
});

test('a body that cannot be read shows no arguments', (t) => {
  const { app } = new FakePanel(t);
  const task = held('a', 'shop.mail', [1]);
  const envelope = {
    ...task.delivery.envelope,
    body: Buffer.from('{"torn'),
    headers: { task: 't', id: 'a' },
  };
  const info = new TaskDescriber(app, HOSTNAME).info({
    delivery: { ...task.delivery, envelope },
    headers: readHeaders(envelope),
    acknowledged: false,
  });
  assert.deepEqual([info.args, info.kwargs], ['', '']);
});

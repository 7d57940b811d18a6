import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import {
  clientName,
  nodeFormat,
  processOid,
  readControlReply,
  readControlRequest,
  readKombuBus,
  replyChannel,
  splitNodeName,
  workerName,
  writeControlReply,
  writeControlRequest,
  writeKombuBus,
} from '@lovage/protocol';
import { capture, captures, kombuTexts, VERSIONS } from './captures.ts';

for (const version of VERSIONS) {
  test(`revoke and its reply, as Celery ${version} sends them`, () => {
    const [asked, answered] = kombuTexts(capture('50-control-control-revoke', version));
    const request = readControlRequest(readKombuBus(asked!));
    assert.equal(request.method, 'revoke');
    assert.deepEqual(request.arguments, { task_id: 'to-revoke-1', terminate: false, signal: 'SIGTERM' });
    assert.equal(request.destination, null);
    assert.equal(request.reply!.exchange, 'reply.celery.pidbox');
    const python = JSON.parse(asked!);
    const { delivery_tag: deliveryTag } = python.properties;
    const ours = writeKombuBus(
      writeControlRequest(request, { clock: request.clock, expires: python.headers.expires * 1000 }),
      { exchange: 'celery.pidbox', routingKey: '', deliveryTag, deliveryMode: 2 },
    );
    assertSame(ours, asked!);

    const [reply] = readControlReply(readKombuBus(answered!));
    assert.equal(reply!.node, 'w1@host1');
    assert.equal(reply!.ticket, request.reply!.ticket);
    const { routingKey, ticket } = request.reply!;
    assert.equal(replyChannel(request.reply!), `reply:${routingKey}`);
    const theirs = JSON.parse(answered!);
    assertSame(
      writeKombuBus(writeControlReply('w1@host1', reply!.answer, { ticket, clock: reply!.clock }), {
        exchange: 'reply.celery.pidbox',
        routingKey,
        deliveryTag: theirs.properties.delivery_tag,
        deliveryMode: 1,
      }),
      answered!,
    );
  });
}

test('every control request and event of the captures reads', () => {
  let count = 0;
  for (const version of VERSIONS) {
    for (const source of captures(version, '50-control', '6')) {
      for (const text of kombuTexts(source)) {
        const message = readKombuBus(text);
        if (source.name.startsWith('6') && message.topic !== '') {
          assert.match(message.topic, /^(task|worker|my)(-\w+)+$/);
          count++;
        }
      }
    }
  }
  assert.ok(count > 10);
});

test('what is no control request, or has no address', () => {
  const read = (text: string) => readControlRequest({ topic: '', headers: {}, body: Buffer.from(text) });
  for (const text of ['', '[]', '{}', '{"method":1}']) assert.throws(() => read(text), DecodeError, text);
  assert.equal(read('{"method":"ping","reply_to":{"exchange":1},"ticket":"t"}').reply, undefined);
  assert.equal(read('{"method":"ping","destination":[]}').destination, null);
  assert.deepEqual(read('{"method":"ping","destination":["a@b"],"arguments":null}').destination, ['a@b']);
});

test('names of nodes', () => {
  assert.equal(workerName(undefined, 'box.example.org'), 'celery@box.example.org');
  assert.equal(workerName('w1@%h', 'box.example.org'), 'w1@box.example.org');
  assert.equal(workerName('%n-a@%d', 'box.example.org'), 'box-a@example.org');
  assert.equal(workerName('w1', 'box'), 'celery@w1');
  assert.equal(workerName('w1@', 'box'), 'w1@box');
  assert.equal(nodeFormat('%p:%n:%h:%d:%i:%I:%%:%z', 'w1@a.b.c', 2), 'w1@a.b.c:w1:a.b.c:b.c:2:-2:%:%z');
  assert.equal(nodeFormat('%n%I.log', 'w1@a'), 'w1.log');
  assert.deepEqual(splitNodeName('a@b@c'), { name: 'a', host: 'b@c' });
  assert.equal(clientName(7, 'box'), 'gen7@box');
  assert.match(processOid(), /^[0-9a-f-]{36}$/);
  assert.equal(processOid(), processOid());
});

/** The same keys in the same order with the same values, the body compared as what it says. */
function assertSame(ours: string, theirs: string): void {
  const [a, b] = [ours, theirs].map((text) => {
    const { body, ...rest } = JSON.parse(text);
    return JSON.stringify({ ...rest, body: JSON.parse(Buffer.from(body, 'base64').toString()) });
  });
  assert.equal(a, b);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DecodeError, type Envelope } from '@lovage/contracts';
import {
  compressorByContentType,
  compressorByName,
  markRedelivered,
  priorityFromWire,
  readKombu,
  wirePriority,
  writeKombu,
} from '@lovage/protocol';

const DELIVERY = { exchange: '', routingKey: 'celery', deliveryTag: 'tag' };
const envelope = (headers: Record<string, unknown> = {}): Envelope => ({
  id: '1',
  headers: { task: 't', id: '1', ...headers },
  body: Buffer.from('[[],{},{}]'),
  contentType: 'application/json',
  contentEncoding: 'utf-8',
});

test('headers keep what JavaScript has no number for', () => {
  const headers = { big: 2n ** 70n, nan: Number.NaN, at: { __type__: 'uuid', __value__: { hex: '0' } } };
  const { envelope: read } = readKombu(writeKombu(envelope(headers), DELIVERY));
  assert.deepEqual(read.headers, envelope(headers).headers);
});

test('marking a message redelivered changes nothing else, to the digit', () => {
  const headers =
    '{"task":"t","id":"1","big":1180591620717411303424,"float":1.0,"exp":1E5,"nan":NaN,"inf":-Infinity,"s":"NaN 0e7 1e999"}';
  const text = `{"body":"W10=","headers":${headers},"properties":{"delivery_info":{"exchange":"","routing_key":"q"},"priority":3,"other":{"x":2.50},"delivery_tag":"tag"}}`;
  assert.equal(
    markRedelivered(text, 1),
    text
      .replace('"s":"NaN 0e7 1e999"}', '"s":"NaN 0e7 1e999","redelivered":true}')
      .replace('"routing_key":"q"}', '"routing_key":"q","redelivered":true}'),
  );
  assert.equal(readKombu(markRedelivered(text, 4)).deliveries, 4);
  assert.equal(readKombu(markRedelivered(markRedelivered(text, 4), 5)).deliveries, 5);
  for (const damaged of ['', 'x', '[]', '{"properties":1}', '{"headers":[],"properties":{}}']) {
    assert.throws(() => markRedelivered(damaged, 1), DecodeError, damaged);
  }
});

test('bodies: base64, with line breaks, or plain text', () => {
  const text = (body: string, encoding: string | null) =>
    JSON.stringify({ body, properties: { ...(encoding && { body_encoding: encoding }) }, headers: {} });
  const read = (body: string, encoding: string | null) =>
    Buffer.from(readKombu(text(body, encoding)).envelope.body).toString();
  assert.equal(read('aMOp', 'base64'), 'hé');
  assert.equal(read('aM\nOp\n', 'base64'), 'hé');
  assert.equal(read('aGk=', 'base64'), 'hi');
  assert.equal(read('hé', null), 'hé');
  assert.throws(() => read('a!!!', 'base64'), DecodeError);
  assert.throws(() => read('x', 'rot13'), DecodeError);
});

test('no kombu messages', () => {
  for (const text of [
    '',
    '1',
    '[]',
    '{}',
    '{"body":1,"properties":{}}',
    '{"body":"","properties":null}',
    '{"body":',
  ]) {
    assert.throws(() => readKombu(text), DecodeError, text);
  }
});

test('priorities turn round on Redis', () => {
  assert.deepEqual([undefined, 9, 5, 0].map(wirePriority), [0, 0, 4, 9]);
  assert.deepEqual([undefined, null, 0, 4, 9, 255, -1, 'x', 2.5].map(priorityFromWire), [
    undefined,
    undefined,
    undefined,
    5,
    0,
    0,
    undefined,
    undefined,
    7,
  ]);
});

test('compressions: there and back, bounded, damaged', () => {
  const bytes = Buffer.from('some text '.repeat(1000));
  for (const name of ['gzip', 'zlib', 'brotli', 'zstd']) {
    const compressor = compressorByName(name)!;
    const packed = compressor.compress(bytes);
    assert.ok(packed.length < bytes.length);
    assert.deepEqual(Buffer.from(compressor.decompress(packed, bytes.length)), bytes);
    assert.throws(() => compressor.decompress(packed, bytes.length - 1), /larger than 9999 bytes/, name);
    assert.throws(() => compressor.decompress(packed.subarray(0, 10), 1e6), DecodeError, name);
    assert.throws(() => compressor.decompress(Buffer.from('nonsense'), 1e6), DecodeError, name);
  }
  const gzip = compressorByContentType('application/x-gzip')!;
  assert.deepEqual(Buffer.from(gzip.decompress(gzipSync(bytes), 1e6)), bytes);
  assert.equal(gzip.compress(bytes)[0], 0x78);
  const bzip2 = compressorByName('bzip2')!;
  assert.throws(() => bzip2.decompress(Buffer.from('nonsense'), 1e6), DecodeError);
  assert.throws(() => bzip2.compress(bytes), /use gzip, zstd or brotli/);
  assert.equal(compressorByName('lzma'), undefined);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Failure } from '@lovage/protocol';
import { FAILURE_HEADER, json, readFailure, readHeaders, writeFailure, writeTask } from '@lovage/protocol';

const WHEN = new Date('2026-01-02T03:04:05Z');

const failure: Failure = {
  request: {
    id: 'id-1',
    task: 't.charge',
    args: [1, WHEN, new Uint8Array([1, 2]), 2n ** 60n],
    kwargs: { note: 'é' },
    argsrepr: '(1,)',
    kwargsrepr: '{}',
    shadow: 'shown',
    retries: 3,
    rootId: 'root-1',
    parentId: 'parent-1',
    group: 'group-1',
    queue: 'celery',
    hostname: 'celery@here',
    origin: 'gen1@there',
    headers: { trace: 'x' },
    stampedHeaders: ['user'],
    stamps: { user: 'u1' },
  },
  error: { type: 'CardDeclined', message: ['no', 7], module: 'js' },
  traceback: 'CardDeclined: no\n    at charge (shop.ts:1:1)',
};

const changed = (request: Partial<Failure['request']>): Failure => ({
  ...failure,
  request: { ...failure.request, ...request },
});

suite('the failure that an error callback is told of', () => {
  test('arrives as it was, whatever values its arguments have', () => {
    assert.deepEqual(readFailure(writeFailure(failure)), failure);
  });

  test('has the error in the form of Celery', () => {
    const { error } = JSON.parse(writeFailure(failure));
    assert.deepEqual(error, { exc_type: 'CardDeclined', exc_message: ['no', 7], exc_module: 'js' });
  });

  test('a long traceback keeps both its ends, and says that it is cut', () => {
    const traceback = `first line\n${'x'.repeat(100_000)}\nlast line`;
    const told = readFailure(writeFailure({ ...failure, traceback }))!.traceback!;
    assert.ok(told.length < 17_000, String(told.length));
    assert.match(told, /^first line\n/);
    assert.match(told, /\nlast line$/);
    assert.match(told, /… 83637 of 100021 characters are left out here …/);
  });

  test('arguments, headers and stamps that are too long stay behind', () => {
    const long = 'x'.repeat(20_000);
    const told = readFailure(
      writeFailure(changed({ args: [long], headers: { long }, stamps: { long }, argsrepr: long })),
    )!.request;
    assert.deepEqual([told.args, told.kwargs, told.headers, told.stamps], [null, null, {}, {}]);
    assert.equal(told.stampedHeaders, null);
    assert.match(told.argsrepr!, /^x+\n… 18976 of 20000 characters are left out here …\nx+$/);
  });

  test('a long message of an error is cut', () => {
    const message = ['é'.repeat(50_000)];
    const told = readFailure(writeFailure({ ...failure, error: { ...failure.error, message } }))!.error;
    assert.equal(told.type, 'CardDeclined');
    assert.match(String(told.message[0]), /^é+\n… 41808 of 50000 characters are left out here …\né+$/);
    const several = ['x'.repeat(50_000), { deep: 'y' }];
    const many = readFailure(
      writeFailure({ ...failure, error: { ...failure.error, message: several } }),
    )!.error;
    assert.match(String(many.message[0]), /^CardDeclined\('x+\n…/);
  });

  test('however much there is of everything, the header is short', () => {
    const long = '"'.repeat(1_000_000);
    const all = {
      ...changed({ args: [long], kwargs: { long }, argsrepr: long, kwargsrepr: long, headers: { long } }),
      error: { type: 'Error', message: [long], module: 'js' },
      traceback: long,
    };
    assert.ok(writeFailure(all).length < 64_000, String(writeFailure(all).length));
  });

  test('nothing is cut in the middle of a character', () => {
    const traceback = `x${'🙂'.repeat(20_000)}`;
    assert.ok(readFailure(writeFailure({ ...failure, traceback }))!.traceback!.isWellFormed());
  });

  test('arguments that are too deep, or cannot be written, stay behind', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 511; level += 1) deep = [deep];
    for (const args of [[deep], [() => 1]]) {
      const told = readFailure(writeFailure(changed({ args })))!.request;
      assert.deepEqual([told.args, told.argsrepr], [null, '(1,)']);
    }
  });

  test('does not hold the failure that its own call was told of', () => {
    const nested = changed({ headers: { [FAILURE_HEADER]: writeFailure(failure), trace: 'x' } });
    assert.deepEqual(readFailure(writeFailure(nested))!.request.headers, { trace: 'x' });
  });

  test('a header that is no failure is none', () => {
    for (const header of [
      undefined,
      null,
      5,
      {},
      '',
      '{',
      '[]',
      '{"request": {}, "error": {}}',
      '{"request": {"id": "x"}}',
    ]) {
      assert.equal(readFailure(header), undefined, String(header));
    }
    const least = readFailure('{"request": {"id": "x", "args": 5, "retries": "1"}, "error": {}}')!;
    assert.deepEqual([least.request.args, least.request.retries, least.request.rootId], [null, null, 'x']);
    assert.equal(least.error.type, 'Exception');
  });

  test('is the only header of ours that belongs to the task', () => {
    const headers = {
      task: 't.alert',
      id: 'e-1',
      origin: 'gen1@there',
      custom: { [FAILURE_HEADER]: 'f', trace: 'x' },
    };
    const body = {
      args: [],
      kwargs: {},
      embed: { callbacks: null, errbacks: null, chain: null, chord: null },
    };
    const envelope = writeTask(headers, body, { serializer: json, replyTo: '' });
    const noted = { ...envelope, headers: { ...envelope.headers, lovage_deliveries: 2 } };
    assert.deepEqual(readHeaders(noted).custom, { [FAILURE_HEADER]: 'f', trace: 'x' });
  });
});

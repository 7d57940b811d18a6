import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorInfo, errorInfoFromJson, errorInfoToJson, errorRepr, errorTraceback } from '@lovage/protocol';

class PaymentRefused extends Error {}
class Declined extends Error {
  readonly args = [402, new Map([['card', 1]]), undefined];
}
class SoftTimeLimitExceeded extends Error {
  override readonly name = 'SoftTimeLimitExceeded';
  readonly args: readonly unknown[] = [];
}

test('errors of JavaScript take a Python name only where a Python caller would catch it', () => {
  assert.deepEqual(errorInfo(new TypeError('no')), {
    type: 'TypeError',
    message: ['no'],
    module: 'builtins',
  });
  assert.deepEqual(errorInfo(new RangeError('far')), {
    type: 'ValueError',
    message: ['far'],
    module: 'builtins',
  });
  assert.deepEqual(errorInfo(new DOMException('late', 'TimeoutError')), {
    type: 'TimeoutError',
    message: ['late'],
    module: 'builtins',
  });
  assert.deepEqual(errorInfo(new Error('x')), { type: 'Error', message: ['x'], module: 'js' });
  assert.deepEqual(errorInfo(new SyntaxError('x')), { type: 'SyntaxError', message: ['x'], module: 'js' });
});

test('a class of its own gives its name, and its args', () => {
  assert.deepEqual(errorInfo(new PaymentRefused('why')), {
    type: 'PaymentRefused',
    message: ['why'],
    module: 'js',
  });
  assert.deepEqual(errorInfo(new Declined('x')), {
    type: 'Declined',
    message: [402, "{'card': 1}", null],
    module: 'js',
  });
  const named = Object.assign(new Error('x'), { name: 'Custom' });
  assert.equal(errorInfo(named).type, 'Custom');
});

test("Celery's own errors stand in the modules where Python finds them", () => {
  assert.deepEqual(errorInfo(new SoftTimeLimitExceeded()), {
    type: 'SoftTimeLimitExceeded',
    message: [],
    module: 'billiard.exceptions',
  });
});

test('whatever is thrown travels', () => {
  assert.deepEqual(errorInfo('text'), { type: 'Error', message: ['text'], module: 'js' });
  assert.deepEqual(errorInfo(undefined), { type: 'Error', message: [null], module: 'js' });
  assert.deepEqual(errorInfo(new Set([1])), { type: 'Error', message: ['{1}'], module: 'js' });
});

test('an error that came over the wire goes on as it came', () => {
  const remote = { type: 'PaymentError', message: [42], module: 'shop.errors' };
  assert.deepEqual(errorInfo(Object.assign(new Error('x'), { toErrorInfo: () => remote })), remote);
});

test('there and back', () => {
  for (const error of [new RangeError('a'), new Declined('x'), 'text']) {
    const info = errorInfo(error);
    assert.deepEqual(errorInfoFromJson(JSON.parse(JSON.stringify(errorInfoToJson(info)))), info);
  }
  assert.deepEqual(errorInfoToJson(errorInfo(new RangeError('a'))), {
    exc_type: 'ValueError',
    exc_message: ['a'],
    exc_module: 'builtins',
  });
  assert.equal(errorRepr(errorInfo(new RangeError("it's"))), `ValueError("it's")`);
});

test('a traceback shows the stack and its causes, and ends', () => {
  const cause = new TypeError('root');
  const text = errorTraceback(new Error('top', { cause }));
  assert.match(text, /^Error: top\n {4}at .+\n\nCaused by: TypeError: root\n {4}at /s);
  const loop = new Error('loop');
  loop.cause = loop;
  assert.ok(errorTraceback(loop).split('Caused by').length < 20);
  assert.match(errorTraceback('text'), /'text'/);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { REVOCATION_TEXT_MAX, type Revocation } from '@lovage/contracts';
import { readStoredRevocation, storedRevocation } from '@lovage/contracts/kit';
import fc from 'fast-check';

suite('the rows of revocations', () => {
  const text = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' });
  const untilMs = fc.nat(9e12);
  const revocation = fc.oneof(
    fc.record({ kind: fc.constant('id' as const), taskId: text, untilMs }),
    fc.record({ kind: fc.constant('stamp' as const), header: text, value: text, untilMs }),
  );

  test('are read as they were written, and differ where revocations differ', () => {
    const essence = ({ untilMs: _, ...rest }: Revocation) => JSON.stringify(rest);
    fc.assert(
      fc.property(revocation, revocation, (a, b) => {
        assert.deepEqual(readStoredRevocation(storedRevocation(a)), { ...a });
        assert.equal(storedRevocation(a).key === storedRevocation(b).key, essence(a) === essence(b));
      }),
    );
  });

  test('end at whole milliseconds that every store can hold, never too soon', () => {
    const end = (given: number) => storedRevocation({ kind: 'id', taskId: 'a', untilMs: given }).untilMs;
    assert.deepEqual([end(1.2), end(1e300), end(-5)], [2, Number.MAX_SAFE_INTEGER, -5]);
  });

  test('are refused with the reason', () => {
    const refused = (given: Revocation, message: RegExp) =>
      assert.throws(() => storedRevocation(given), { name: 'DriverError', code: 'refused', message });
    refused({ kind: 'id', taskId: '', untilMs: 1 }, /must have 1 to 1024 characters, not 0/);
    const long = 'x'.repeat(REVOCATION_TEXT_MAX + 1);
    refused({ kind: 'stamp', header: 'h', value: long, untilMs: 1 }, /not 1025/);
    refused({ kind: 'id', taskId: 'a', untilMs: Number.NaN }, /NaN, which is no time in epoch ms/);
  });

  for (const key of ['', 'x', '{}', '[]', '[1]', '["a",2]', '["a","b","c"]', 'null']) {
    test(`${key || 'nothing'} is no row`, () => {
      assert.throws(() => readStoredRevocation({ key, untilMs: 1 }), { code: 'corrupt' });
    });
  }
});

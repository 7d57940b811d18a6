import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Heap } from '@lovage/contracts/kit';
import { Line } from '../src/broker/line.ts';

suite('heap', () => {
  test('gives the least first, however they came', () => {
    const heap = new Heap<number>((a, b) => a < b);
    const numbers = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1009);
    const taken: number[] = [];
    for (const [i, n] of numbers.entries()) {
      heap.push(n);
      if (i % 3 === 2) taken.push(heap.pop()!);
    }
    const rest: number[] = [];
    while (heap.size > 0) {
      assert.equal(heap.least, Math.min(...numbers.filter((n) => !taken.includes(n) && !rest.includes(n))));
      rest.push(heap.pop()!);
      if (rest.length > 50) break;
    }
    assert.deepEqual(
      rest,
      rest.toSorted((a, b) => a - b),
    );
    assert.equal(new Heap<number>((a, b) => a < b).pop(), undefined);
  });
});

suite('line', () => {
  test('first in, first out, what comes back first of all', () => {
    const line = new Line<number>();
    for (const n of [1, 2, 3]) line.push(n);
    assert.equal(line.take(), 1);
    line.putBack(1);
    line.putBack(0);
    assert.deepEqual([[...line], line.length], [[0, 1, 2, 3], 4]);
    assert.deepEqual(
      [line.take(), line.take(), line.take(), line.take(), line.take()],
      [0, 1, 2, 3, undefined],
    );
  });

  test('lets go of what was taken, and stays in order', () => {
    const line = new Line<number>();
    let next = 0;
    for (let i = 0; i < 10_000; i += 1) {
      line.push(i);
      if (i % 4 !== 0) {
        assert.equal(line.take(), next);
        next += 1;
      }
    }
    assert.equal(line.length, 10_000 - next);
    line.clear();
    assert.deepEqual([line.length, line.take()], [0, undefined]);
  });
});

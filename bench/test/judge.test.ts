import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../judge.ts';
import type { Figures, Row, Target } from '../row.ts';
import type { RowResult } from '../run.ts';
import { runRow } from '../run.ts';
import { median, quantile } from '../statistics.ts';
import { verifyNumbers, verifyResults } from '../systems/verify.ts';

const row = (
  better: 'more' | 'less',
  targets: readonly Target[],
  contenders: Row['contenders'] = [],
): Row => ({
  id: 'r',
  title: 'r',
  unit: '/s',
  better,
  contenders,
  targets,
});

const contender = (name: string, measure: () => Promise<Figures>) => ({ name, note: '', measure });

function result(of: Row, medians: Readonly<Record<string, Figures | undefined>>): RowResult {
  const standings = Object.entries(medians).map(([name, figures]) => ({
    contender: contender(name, async () => ({})),
    samples: [],
    medians: figures,
  }));
  return { row: of, standings };
}

test('the median of an even number of values lies between the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test('a quantile is a value that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);
  assert.equal(quantile(hundred, 0.99), 99);
  assert.equal(quantile(hundred, 0.5), 50);
  assert.equal(quantile([7], 0.99), 7);
});

test('a ratio is met at its number and missed just below it', () => {
  const target = [{ figure: 'rate', times: 1.5, of: 'Peer' }];
  const met = judge(result(row('more', target), { Lovage: { rate: 150 }, Peer: { rate: 100 } }));
  const missed = judge(result(row('more', target), { Lovage: { rate: 149 }, Peer: { rate: 100 } }));
  assert.equal(met[0]!.met, true);
  assert.equal(missed[0]!.met, false);
});

test('where less is better, the ratio turns round', () => {
  const verdicts = judge(
    result(row('less', [{ figure: 't', times: 2, of: 'Peer' }]), { Lovage: { t: 5 }, Peer: { t: 20 } }),
  );
  assert.equal(verdicts[0]!.reached, 4);
});

test('a peer that could not be measured leaves the promise open, never met', () => {
  const verdicts = judge(
    result(row('more', [{ figure: 'rate', times: 1, of: 'Peer' }]), { Lovage: { rate: 1 }, Peer: undefined }),
  );
  assert.equal(verdicts[0]!.met, undefined);
});

test('rounds go through all contenders in turn, and one that fails is left out with its reason', async () => {
  const order: string[] = [];
  const steady = (name: string, values: number[]) =>
    contender(name, async () => {
      order.push(name);
      return { rate: values.shift()! };
    });
  const failing = contender('C', async () => {
    order.push('C');
    throw new Error('49 of 50 results are there');
  });
  const { standings } = await runRow(
    row('more', [], [steady('A', [1, 9, 2]), steady('B', [4, 5, 6]), failing]),
    {
      rounds: 3,
      missing: {},
      log: () => {},
    },
  );
  assert.deepEqual(order, ['A', 'B', 'C', 'A', 'B', 'A', 'B']);
  assert.deepEqual(
    standings.map(({ medians }) => medians),
    [{ rate: 2 }, { rate: 5 }, undefined],
  );
  assert.match(standings[2]!.trouble!, /49 of 50/);
});

test('results that are missing, foreign or repeated are not taken for work', () => {
  const done = (n: number) => ({ n, email: 'someone@example.com', ok: true });
  verifyResults([done(1), done(0)], 2);
  assert.throws(() => verifyResults([done(0), done(0)], 2), /1 of 2/);
  assert.throws(() => verifyResults([done(0), null], 2));
  assert.throws(() => verifyResults([done(0), { n: 1 }], 2), /not a result/);
});

test('the numbers of a header are those of its own tasks, each of them', () => {
  verifyNumbers([2, 0, 1, 7], 3);
  assert.throws(() => verifyNumbers([0, 1, 1, 7], 3), /2 of 3 results/);
  assert.throws(() => verifyNumbers(['0', 1, 2], 3), /2 of 3 results/);
});

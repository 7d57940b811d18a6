import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../options.ts';
import { rowLines } from '../print.ts';
import type { Row } from '../row.ts';
import type { RowResult } from '../run.ts';
import { docsPage } from '../write.ts';

const contender = (name: string) => ({ name, note: 'c=100', measure: async () => ({ rate: 1 }) });
const row: Row = {
  id: 'r',
  title: 'Redis: drain',
  unit: '/s',
  better: 'more',
  contenders: [],
  targets: [
    { figure: 'rate', times: 1.5, of: 'BullMQ' },
    { figure: 'rate', times: 20, of: 'Celery' },
  ],
};

function result(ours: readonly number[]): RowResult {
  return {
    row,
    standings: [
      {
        contender: contender('Lovage'),
        samples: ours.map((rate) => ({ rate })),
        medians: { rate: ours[0]! },
      },
      { contender: contender('BullMQ'), samples: [{ rate: 20_000 }], medians: { rate: 20_000 } },
      { contender: contender('Celery'), samples: [], medians: undefined, trouble: 'apt-get | install' },
    ],
  };
}

test('a row shows what was missed and what could not be measured', () => {
  const text = rowLines(result([20_000])).join('\n');
  assert.match(text, /1\.5 x BullMQ: 1 x, MISSED$/m);
  assert.match(text, /20 x Celery: not measured$/m);
  assert.match(text, /not measured: apt-get/);
});

test('a verdict on rounds that disagree says so', () => {
  assert.match(rowLines(result([40_000, 20_000])).join('\n'), /met \(unsteady/);
  assert.doesNotMatch(rowLines(result([40_000, 39_000])).join('\n'), /unsteady/);
});

test('the page holds machine, versions, every row and its verdicts, and no broken table', () => {
  const page = docsPage({
    date: '2026-01-02T03:04:05.000Z',
    machine: { cpu: 'A CPU', cores: 2, memoryGB: 25, kernel: 'Linux 6', loadBefore: 2 },
    versions: { node: '24', celery: '5.2.6' },
    rounds: 3,
    quick: false,
    rows: [result([40_000])],
  });
  for (const part of [
    'A CPU',
    'celery 5.2.6',
    '## Redis: drain',
    '2 x, met',
    'PROVISIONAL',
    'apt-get \\| install',
  ]) {
    assert.ok(page.includes(part), part);
  }
});

test('the page is not written from part of a run', () => {
  assert.throws(() => readOptions(['--write-docs', '--quick']), /every row/);
  assert.throws(() => readOptions(['--write-docs', '--only', 'redis']), /every row/);
  assert.throws(() => readOptions(['--rounds', '0']), /--rounds 0/);
  assert.equal(readOptions([]).rounds, 3);
});

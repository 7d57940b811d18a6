import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clip, pairs, table } from '../src/output/table.ts';

suite('tables', () => {
  test('columns are as wide as their widest cell, numbers right, no blanks at the end of a line', () => {
    const columns = [{ title: 'Queue' }, { title: 'Ready', align: 'right' }, { title: 'Note' }] as const;
    assert.equal(
      table(columns, [
        ['celery', '12', ''],
        ['a-long-queue', '1', 'née'],
      ]),
      [
        'Queue         Ready  Note',
        '─────────────────────────',
        'celery           12',
        'a-long-queue      1  née',
      ].join('\n'),
    );
  });

  test('colours and composed characters take no more room than they show', () => {
    const columns = [{ title: 'A' }, { title: 'B' }];
    const [, , one, two] = table(columns, [
      ['\u001b[31mred\u001b[39m', 'x'],
      ['e\u0301te\u0301', 'y'],
    ]).split('\n');
    assert.equal(one, '\u001b[31mred\u001b[39m  x');
    assert.equal(two, 'e\u0301te\u0301  y');
  });

  test('pairs align their values', () => {
    assert.equal(
      pairs([
        ['id', '1'],
        ['reason', 'none'],
      ]),
      'id      1\nreason  none',
    );
  });

  test('clip keeps a line short and flat', () => {
    assert.equal(clip('a\n  b', 10), 'a b');
    assert.equal(clip('abcdef', 4), 'abc…');
    assert.equal(clip('abcd', 4), 'abcd');
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { duration } from '../src/output/durations.ts';
import { cells, cut, fit, wrap } from '../src/output/fit.ts';
import { plainJson, plainLine, plainLines } from '../src/output/plain.ts';

const ESC = '\u001b';

suite('texts of others', () => {
  test('no sequence reaches the terminal, whole or nested in another', () => {
    for (const hostile of [
      `${ESC}[2J${ESC}[31mred${ESC}[0m`,
      `${ESC}${ESC}[2J[2J`,
      `${ESC}]0;title\u0007x`,
      `${ESC}]8;;http://a\u001b\\x`,
      '\u009b2J',
      '\u0090q\u009c',
      'a\rb',
      'a\u0008b',
      `${ESC}c`,
      `${ESC}`,
    ]) {
      for (const line of [plainLine(hostile), ...plainLines(hostile)]) {
        assert.doesNotMatch(line, /[\p{Cc}]/u, JSON.stringify(hostile));
      }
    }
  });

  test('line ends and overrides of direction show', () => {
    assert.equal(plainLine('a\nb\tc'), 'a\\nb\\tc');
    assert.equal(plainLine('exe.\u202egnp'), 'exe.\\u202egnp');
    assert.equal(plainLine('a\u2028b'), 'a\\u2028b');
    assert.deepEqual(plainLines('a\r\n\tb\n\n'), ['a', '    b']);
  });

  test('what is harmless stays', () => {
    for (const text of ['naïve', '漢字', '👩‍👩‍👧 עברית']) assert.equal(plainLine(text), text);
  });

  test('JSON says the same with controls escaped', () => {
    const value = { text: 'a\u009bb\u202ec\u0085' };
    const json = plainJson(JSON.stringify(value, undefined, 2));
    assert.doesNotMatch(json.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
    assert.deepEqual(JSON.parse(json), value);
  });
});

suite('fit', () => {
  test('takes exactly the cells it has, whatever the characters', () => {
    for (const text of [
      '',
      'abc',
      'abcdefgh',
      '漢字漢字漢字',
      'a漢字',
      'e\u0301te\u0301 deux',
      '👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧',
    ]) {
      for (const width of [0, 1, 2, 3, 5, 8]) {
        assert.equal(cells(fit(text, width)), width, `${text} in ${width}`);
        assert.ok(cells(cut(text, width)) <= width);
      }
    }
    assert.equal(fit('12', 4, 'right'), '  12');
    assert.equal(cut('abcdef', 4), 'abc…');
    assert.equal(cut('abcd', 4), 'abcd');
  });

  test('wrap loses nothing', () => {
    const text = 'a漢字b漢c';
    for (const width of [2, 3, 80]) {
      const lines = wrap(text, width);
      assert.equal(lines.join(''), text);
      for (const line of lines) assert.ok(cells(line) <= width);
    }
    assert.deepEqual(wrap('', 5), ['']);
  });
});

test('durations in two units at most', () => {
  const shown = [0, 0.0421, 0.4, 9.94, 9.96, 59.4, 59.9, 65, 3599.9, 12_000, 187_200, -1, Number.NaN];
  assert.deepEqual(shown.map(duration), [
    ...['0ms', '42ms', '0.4s', '9.9s', '10s', '59s', '1m 00s', '1m 05s', '1h 00m', '3h 20m', '2d 04h'],
    ...['0ms', '–'],
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoUtc, parseIso } from '@lovage/protocol';
import { capture } from './captures.ts';

test('all forms with one meaning are read, as Celery 5.6 reads them', () => {
  const rows = (
    capture('104-vectors', '5.6.3').raw as Record<string, readonly (readonly [string, string])[]>
  )['iso8601']!;
  for (const [text, meaning] of rows) {
    if (meaning.startsWith('ValueError')) assert.equal(parseIso(text), undefined, text);
    else assert.equal(parseIso(text), parseIso(meaning), text);
  }
  const expected = Date.UTC(2026, 0, 2, 1, 4, 5);
  for (const text of [
    '2026-01-02T03:04:05+02:00',
    '2026-01-02T03:04:05+0200',
    '2026-01-02 03:04:05+02',
    '20260102T030405+02',
    '2026-01-02T01:04:05Z',
    '2026-01-02t01:04:05z',
    '2026-01-01T20:04:05.000000-05:00',
  ]) {
    assert.equal(parseIso(text), expected, text);
  }
  assert.equal(parseIso('2026-01-02T01:04:05.123456Z'), expected + 123.456);
});

test('what is no time is none', () => {
  for (const text of [
    '',
    'nope',
    '2026-13-01',
    '2026-02-30',
    '2026-01-02T24:00:00',
    '2026-01-02T03:04:60',
    '2026-01-02T03:04:05+25:00',
    '0000-01-01',
    '2026-0102',
    '1795249951',
  ]) {
    assert.equal(parseIso(text), undefined, text);
  }
});

test("a time without offset is the given zone's, as Python's zoneinfo counts it", () => {
  const at = (text: string) => new Date(parseIso(text, 'Europe/Prague')!).toISOString();
  assert.equal(at('2026-01-15T12:00:00'), '2026-01-15T11:00:00.000Z');
  assert.equal(at('2026-07-15T12:00:00'), '2026-07-15T10:00:00.000Z');
  // 02:30 does not exist on March 29 and exists twice on October 25.
  assert.equal(at('2026-03-29T02:30:00'), '2026-03-29T01:30:00.000Z');
  assert.equal(at('2026-10-25T02:30:00'), '2026-10-25T00:30:00.000Z');
  assert.equal(at('2026-07-15T12:00:00+00:00'), '2026-07-15T12:00:00.000Z');
  assert.throws(() => parseIso('2026-01-01', 'Mars/Olympus'), RangeError);
});

test('written times have six digits and an offset', () => {
  assert.equal(isoUtc(0), '1970-01-01T00:00:00.000000+00:00');
  assert.equal(isoUtc(Date.UTC(2026, 0, 2) + 123.456), '2026-01-02T00:00:00.123456+00:00');
  assert.equal(parseIso(isoUtc(1_795_249_951_243)), 1_795_249_951_243);
  assert.throws(() => isoUtc(Number.NaN), RangeError);
  assert.throws(() => isoUtc(8e15), RangeError);
});

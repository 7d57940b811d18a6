/** What needs no database: the schedule, the filters, the addresses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newEvent } from '../src/event.ts';
import { checkEventFilter, checkEventType, wantsEvent } from '../src/event-types.ts';
import { AddressGuard, RefusedAddress } from '../src/http/addresses.ts';
import { checkSecret, newSecret } from '../src/http/sign.ts';
import { readOptions } from '../src/options.ts';
import { parseRetryAfter, STANDARD_RETRY_SCHEDULE, waitAfter } from '../src/retry-schedule.ts';

test('the waits are those of Standard Webhooks, later by a tenth at most, and end', () => {
  const waits = (random: number) =>
    STANDARD_RETRY_SCHEDULE.map(
      (_, index) => waitAfter(STANDARD_RETRY_SCHEDULE, index + 1, 0, random)! / 1_000,
    );
  assert.deepEqual(waits(0), [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  assert.deepEqual(waits(1).slice(0, 3), [5.5, 330, 1_980]);
  assert.equal(waitAfter(STANDARD_RETRY_SCHEDULE, 10, 0, 0), undefined);
  assert.equal(waitAfter(STANDARD_RETRY_SCHEDULE, 10, 60_000, 0), undefined, 'a pause brings no further try');
  assert.equal(waitAfter([5], 1, 60_000, 0), 60_000);
});

test('Retry-After is seconds or a date, a day at most', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  assert.equal(parseRetryAfter('120', now), 120_000);
  assert.equal(parseRetryAfter('Sun, 01 Mar 2026 12:01:30 GMT', now), 90_000);
  assert.equal(parseRetryAfter('Sun, 01 Mar 2026 11:00:00 GMT', now), 0);
  assert.equal(parseRetryAfter('99999999999999999999', now), 86_400_000);
  for (const nothing of [undefined, '', 'soon', '-5']) assert.equal(parseRetryAfter(nothing, now), 0);
});

test('filters take a type, all below a name, or everything', () => {
  assert.ok(wantsEvent(['file.uploaded'], 'file.uploaded'));
  assert.ok(!wantsEvent(['file.uploaded'], 'file.uploaded.twice'));
  assert.ok(wantsEvent(['a', 'file.*'], 'file.scan.failed'));
  assert.ok(!wantsEvent(['file.*'], 'file'));
  assert.ok(!wantsEvent(['file.*'], 'files.uploaded'));
  assert.ok(wantsEvent(['*'], 'anything'));
  for (const good of ['*', 'file.*', 'file.uploaded']) checkEventFilter(good);
  for (const bad of ['', '.*', 'file*', 'fi*.x', '**', 'a b']) {
    assert.throws(() => checkEventFilter(bad), /no filter of events: say a type/, bad);
  }
  for (const bad of ['', 'a..b', '.a', 'a.', 'a b', 'ä', 'a'.repeat(129)]) {
    assert.throws(() => checkEventType(bad), /is no event type/, bad);
  }
});

test('addresses that are not public are refused, in every spelling', () => {
  const guard = new AddressGuard();
  for (const host of [
    '127.0.0.1',
    '10.0.0.1',
    '172.16.5.4',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::a9fe:a9fe]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    new URL('http://0x7f.1/').hostname,
    new URL('http://2130706433/').hostname,
  ]) {
    assert.throws(() => guard.checkHost(host), RefusedAddress, host);
  }
  for (const host of ['93.184.216.34', '[2606:2800:220:1::1]', 'example.com']) guard.checkHost(host);
});

test('allowed ranges are reached, and nothing beside them', () => {
  const guard = new AddressGuard(['127.0.0.1', '10.1.0.0/16', 'fd00::/8']);
  for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '10.1.2.3', '[fd12::1]']) guard.checkHost(host);
  for (const host of ['127.0.0.2', '10.2.0.1', '[::1]'])
    assert.throws(() => guard.checkHost(host), RefusedAddress);
  assert.throws(() => new AddressGuard(['localhost']), /allowAddresses: "localhost" is neither/);
});

test('secrets are those of Standard Webhooks; a refusal does not repeat one', () => {
  checkSecret(newSecret());
  assert.notEqual(newSecret(), newSecret());
  for (const bad of ['', 'geheim', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${'!'.repeat(40)}`]) {
    assert.throws(
      () => checkSecret(bad),
      ({ message }: Error) => /24 to 64 bytes/.test(message) && !message.includes('c2hvcnQ'),
    );
  }
});

test('an event that cannot be sent is refused when it is emitted', () => {
  const make = (data: unknown, key?: string) => newEvent('a.b', data, key, 100);
  assert.throws(() => make(undefined), /the data of a\.b is undefined, which JSON cannot hold/);
  assert.throws(() => make('x'.repeat(99)), /has 101 bytes, 100 at most/);
  assert.throws(() => make(1, ''), /idempotencyKey must be a text of 1 to 255/);
  assert.equal(make(1, 'k').id, make(2, 'k').id);
  assert.notEqual(make(1, 'k').id, newEvent('a.c', 1, 'k', 100).id);
  assert.notEqual(make(1).id, make(1).id);
});

test('options that are none are refused by their name', () => {
  for (const [options, told] of [
    [{ batchSize: 0 }, /batchSize must be a whole number above 0, not 0/],
    [{ timeoutSeconds: -1 }, /timeoutSeconds must be a number above 0/],
    [{ leaseSeconds: 15 }, /leaseSeconds must be at least twice timeoutSeconds \(10\)/],
    [{ retrySchedule: [5, Number.NaN] }, /retrySchedule must hold seconds/],
    [{ allowAddresses: ['10.0.0.0/99'] }, /allowAddresses/],
  ] as const) {
    assert.throws(() => readOptions(options), told);
  }
});

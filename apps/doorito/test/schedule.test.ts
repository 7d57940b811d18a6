import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBeatSchedule } from '@lovage/beat';
import { schedule } from '../src/schedule.ts';

test('the four entries are due when they should be', () => {
  const from = new Date('2026-03-01T05:59:00Z');
  const due = readBeatSchedule(schedule).map(({ task, schedule: when }) => {
    const first = when.next(from)!;
    return [task, first.toISOString(), when.next(first, first)!.toISOString()];
  });
  assert.deepEqual(due, [
    [
      'portal.tasks.cleanup_expired_upload_files_task',
      '2026-03-01T06:00:00.000Z',
      '2026-03-01T12:00:00.000Z',
    ],
    ['common.tasks.deliver_outbox_events_task', '2026-03-01T06:04:00.000Z', '2026-03-01T06:09:00.000Z'],
    [
      'common.tasks.cleanup_delivered_outbox_events_task',
      '2026-03-01T06:30:00.000Z',
      '2026-03-01T12:30:00.000Z',
    ],
    ['portal.tasks.notify_expiring_files_task', '2026-03-01T06:00:00.000Z', '2026-03-01T07:00:00.000Z'],
  ]);
});

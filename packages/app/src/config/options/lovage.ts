/** What Lovage adds. */

import { boolean, choice, integer, orNull, seconds, text } from '../kinds.ts';
import type { Setting } from '../setting.ts';
import { built } from '../setting.ts';

export const LOVAGE = {
  lovageJsonTyped: built(
    boolean,
    true,
    'Write dates and bytes as kombu 5.3 and later do, so that they arrive as such. False writes ISO texts, for workers of Celery 5.2; bytes are then refused.',
  ),
  lovageDjangoDatabaseUrl: built(
    orNull(text),
    null,
    "Where Django's tables are when resultBackend is django-db alone: postgresql://user:password@host/database.",
    { shownDefault: 'DATABASE_URL of the environment' },
  ),
  lovageDeadLetters: built(
    boolean,
    true,
    'Keep what failed after its last retry or was rejected, to be looked at and sent again; the option deadLetter of a task wins.',
  ),
  lovageDeadLettersExpires: built(
    orNull(seconds),
    2_592_000,
    'How long dead letters are kept, those in quarantine too; null or 0: until others need the room.',
    { unit: 's' },
  ),
  lovageDeadLettersMax: built(integer(1), 10_000, 'How many dead letters are kept; the oldest make room.'),
  lovageLeaseSeconds: built(
    integer(1),
    30,
    "How long a worker's claim lasts without renewal: a dead worker's messages are back after this.",
    { unit: 's' },
  ),
  lovageLockUrl: built(
    orNull(text),
    null,
    'Where locks of withLock are kept, when it is neither the store of the messages nor that of the results.',
    { shownDefault: 'the broker, else the result backend' },
  ),
  lovageLogFile: built(
    orNull(text),
    null,
    'File that log lines are appended to; null: standard error. %I is the number of a pool process after a dash, and nothing in the worker itself.',
  ),
  lovageLogFormat: built(
    choice('text', 'json'),
    'text',
    "Log lines in Celery's form, or one JSON object each.",
  ),
  lovageLogLevel: built(
    choice('debug', 'info', 'warn', 'error', 'silent'),
    'warn',
    'The lightest log line that is written; silent writes none.',
  ),
  lovageMaxDeliveries: built(integer(1), 3, 'A task whose worker died this often fails for good.'),
  lovageChordRepairSeconds: built(
    integer(1),
    60,
    'How often a worker looks for chords that a crash left behind: a part that ended and was not counted, a body that was not sent.',
    { unit: 's' },
  ),
  lovageMaxMessageBytes: built(
    integer(1024),
    64 * 1024 * 1024,
    'The largest body that is read, after decompression.',
    { unit: 'bytes' },
  ),
  lovagePublishTimeout: built(
    seconds,
    5,
    'A call that the broker has not taken by then is rejected with OperationalError.',
    { unit: 's' },
  ),
  lovageQuarantineMax: built(
    integer(1),
    10_000,
    'How many messages the quarantine keeps; the oldest make room.',
  ),
} as const satisfies Readonly<Record<string, Setting>>;

/** What is read, and where messages and results are kept. */

import { readAcceptContent } from '../checked-values.ts';
import {
  boolean,
  checked,
  choice,
  dict,
  listFrom,
  orNull,
  orUndefined,
  seconds,
  text,
  texts,
} from '../kinds.ts';
import type { Setting } from '../setting.ts';
import { built } from '../setting.ts';

export const STORES = {
  acceptContent: built(
    checked('a list of content types', readAcceptContent, listFrom),
    ['json'],
    'Content types that are read: json, yaml. Anything else is refused unread; pickle always is.',
    { old: 'CELERY_ACCEPT_CONTENT' },
  ),
  brokerConnectionTimeout: built(
    seconds,
    4,
    'How long a driver tries to reach its service before a call fails.',
    { unit: 's' },
  ),
  brokerTransportOptions: built(
    dict,
    {},
    'Options for the driver of the broker, such as global_keyprefix, sentinel or TLS.',
  ),
  brokerUrl: built(
    text,
    'sqlite:///.lovage/lovage.db',
    'Where messages wait: sqlite:///path, redis://host:port/db, memory://.',
  ),
  imports: built(texts, [], 'Modules to import when a worker starts: paths, or names of packages.', {
    old: 'CELERY_IMPORTS',
  }),
  include: built(texts, [], 'The same, for modules named when the app is made.', { old: 'CELERY_INCLUDE' }),
  resultBackend: built(
    orUndefined(orNull(text)),
    undefined,
    'Where results are kept. Null or disabled:// turns results off.',
    { old: 'CELERY_RESULT_BACKEND', shownDefault: "the broker's own store, where it can keep results" },
  ),
  resultBackendTransportOptions: built(dict, {}, 'Options for the driver of the result backend.', {
    old: 'CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS',
  }),
  resultChordJoinTimeout: built(
    seconds,
    3,
    "How long results may take where Celery's client keeps a chord's header as a group, because there are groups in it.",
    { unit: 's', old: 'CELERY_RESULT_CHORD_JOIN_TIMEOUT' },
  ),
  resultExpires: built(orNull(seconds), 86_400, 'How long a result is kept; null keeps it for ever.', {
    unit: 's',
    old: 'CELERY_TASK_RESULT_EXPIRES',
  }),
  resultExtended: built(
    boolean,
    false,
    "Keep the task's name, arguments, worker, retries and queue with its result.",
    { old: 'CELERY_RESULT_EXTENDED' },
  ),
  resultSerializer: built(choice('json'), 'json', 'How results are written.', {
    old: 'CELERY_RESULT_SERIALIZER',
  }),
} as const satisfies Readonly<Record<string, Setting>>;

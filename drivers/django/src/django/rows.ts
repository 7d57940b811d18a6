import type { ResultRecord } from '@lovage/contracts';
import { isFinal } from '@lovage/protocol';
import {
  doneIn,
  jsonOr,
  type Members,
  membersOf,
  objectText,
  stringIn,
  textOf,
  unreadable,
} from '../document.ts';
import type { KeptTaskRow, TaskRow } from './tasks.ts';

/**
 * A result document as the columns of a TaskResult. What has no column of its own goes along in `meta`, which Python
 * takes into the document too: children, group, parent, retries, queue, stamps.
 * @throws DecodeError for what is no document
 */
export function toRow({ taskId, state, final, payload }: ResultRecord): TaskRow {
  const members = membersOf(new TextDecoder().decode(payload));
  return {
    id: taskId,
    status: state,
    result: members.get('result') ?? 'null',
    meta: objectText({ children: members.get('children') ?? '[]', ...rest(members) }),
    traceback: textOf(members, 'traceback'),
    name: stringIn(members, 'name'),
    args: members.get('args') ?? null,
    kwargs: members.get('kwargs') ?? null,
    worker: stringIn(members, 'worker'),
    periodic: stringIn(members, 'periodic_task_name'),
    done: final ? doneIn(members) : null,
  };
}

/** A TaskResult as the document that Celery keeps elsewhere, whoever wrote it. */
export function toDocument(row: KeptTaskRow): ResultRecord {
  const { id, status, name, args, kwargs, worker, periodic } = row;
  const final = isFinal(status);
  const quoted = (text: string | null): string | null => (text === null ? null : JSON.stringify(text));
  // Old versions kept the texts of arguments as they were, and no JSON.
  const shown = (text: string | null): string | null => jsonOr(text, null) ?? quoted(text);
  const text = objectText({
    status: JSON.stringify(status),
    result: resultText(row),
    traceback: quoted(row.traceback) ?? 'null',
    children: '[]',
    ...kept(row.meta),
    date_done: final ? quoted(row.done) : 'null',
    name: quoted(name),
    args: shown(args),
    kwargs: shown(kwargs),
    worker: quoted(worker),
    periodic_task_name: quoted(periodic),
    task_id: JSON.stringify(id),
  });
  return { taskId: id, state: status, final, payload: Buffer.from(text) };
}

/** Columns of their own, or known from the row. */
const COLUMNS: ReadonlySet<string> = new Set([
  'status',
  'result',
  'traceback',
  'children',
  'date_done',
  'name',
  'args',
  'kwargs',
  'worker',
  'periodic_task_name',
  'task_id',
]);

function rest(members: Members): Record<string, string> {
  return Object.fromEntries([...members].filter(([name]) => !COLUMNS.has(name)));
}

/** What `meta` tells of a task, but for what columns tell. Anything else there is left alone. */
function kept(meta: string | null): Record<string, string> {
  if (jsonOr(meta, null)?.trimStart()[0] !== '{') return {};
  const members = membersOf(meta!);
  const children = members.get('children');
  return { ...(children?.startsWith('[') ? { children } : {}), ...rest(members) };
}

/** Python keeps no text for what it has no value for, and base64 for what a serializer other than JSON made. */
function resultText({ id, result, content_type: type, content_encoding: encoding }: KeptTaskRow): string {
  if (result === null || result === '') return 'null';
  if (type !== 'application/json') {
    return unreadable(`value of content type ${type} (task ${id}): set result_serializer to json in Python`);
  }
  return (
    jsonOr(result, undefined) ??
    unreadable(`value that is not the ${encoding} JSON it should be (task ${id})`)
  );
}

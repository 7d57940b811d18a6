import { maskUrls } from '@lovage/app';
import type { TaskView, WorkerView } from '@lovage/monitor';
import { duration } from '../output/durations.ts';
import { plainLine, plainLines } from '../output/plain.ts';
import type { TaskRow, WorkerRow } from './screen/model.ts';

/** What events told, as texts that are harmless for a terminal and show no password of a URL. */

export function taskRow(task: TaskView): TaskRow {
  return {
    uuid: task.uuid,
    id: line(task.uuid),
    name: line(task.name ?? '(name not told)'),
    state: line(task.state),
    worker: line(task.worker ?? task.client ?? ''),
    updatedMs: task.timestampMs,
    startedMs: task.startedMs,
    runtimeS: task.runtime,
    details: () => detailsOf(task),
  };
}

export function workerRow(worker: WorkerView): WorkerRow {
  return {
    name: line(worker.hostname),
    online: worker.alive,
    heardMs: worker.heardMs,
    active: worker.active,
    processed: worker.processed,
    load: worker.loadavg?.map((each) => each.toFixed(2)).join(' '),
  };
}

function detailsOf(task: TaskView): readonly (readonly [string, string])[] {
  const entries: readonly (readonly [name: string, value: string | undefined])[] = [
    ['id', task.uuid],
    ['worker', task.worker],
    ['client', task.client],
    ['args', task.args],
    ['kwargs', task.kwargs],
    ['queue', task.queue],
    ['retries', task.retries === undefined ? undefined : String(task.retries)],
    ['eta', task.eta],
    ['expires', task.expires],
    ['root', task.rootId === task.uuid ? undefined : task.rootId],
    ['parent', task.parentId],
    ['sent', moment(task.sentMs)],
    ['received', moment(task.receivedMs)],
    ['started', moment(task.startedMs)],
    ['retried', moment(task.retriedMs)],
    ['ended', moment(task.succeededMs ?? task.failedMs ?? task.revokedMs ?? task.rejectedMs)],
    ['runtime', task.runtime === undefined ? undefined : duration(task.runtime)],
    ['result', task.result],
    ['revoked', revoked(task)],
    ['exception', task.exception],
    ['traceback', task.traceback],
  ];
  return entries.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, plainLines(maskUrls(value)).join('\n')] as const],
  );
}

function revoked({ state, terminated, signum, expired }: TaskView): string | undefined {
  if (state !== 'REVOKED') return undefined;
  if (expired) return 'it had expired';
  return terminated ? `while it ran${signum === undefined ? '' : `, by signal ${signum}`}` : 'before it ran';
}

function moment(epochMs: number | undefined): string | undefined {
  const date = new Date(epochMs ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const line = (text: string): string => plainLine(maskUrls(text));

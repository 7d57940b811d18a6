import type { Snapshot, TaskRow, WorkerRow } from '../src/events/screen/model.ts';

/** A moment in the zone of whoever runs the tests, so that times of day are the same for all. */
export const NOW = new Date(2026, 10, 21, 14, 3, 7).getTime();

export function task(id: string, more: Partial<TaskRow> = {}): TaskRow {
  return {
    uuid: id,
    id,
    name: 'shop.mail',
    state: 'STARTED',
    worker: 'celery@web1',
    updatedMs: NOW - 1000,
    startedMs: NOW - 2500,
    details: () => [['id', id]],
    ...more,
  };
}

export function worker(name: string, more: Partial<WorkerRow> = {}): WorkerRow {
  return {
    name,
    online: true,
    heardMs: NOW - 1500,
    active: 1,
    processed: 20,
    load: '0.1 0.2 0.3',
    ...more,
  };
}

export function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    nowMs: NOW,
    broker: 'redis://localhost:6379/0',
    finishedPerS: 1.25,
    receivedPerS: 12,
    counts: new Map([
      ['STARTED', 1],
      ['SUCCESS', 3],
    ]),
    tasks: [],
    workers: [worker('celery@web1')],
    ...more,
  };
}

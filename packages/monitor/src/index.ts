/** What a cluster of workers does, from its events: Celery's State as a pure, bounded reducer. */
export type { ClusterCounters, ClusterStateOptions, TaskQuery } from './cluster-state.ts';
export { ClusterState } from './cluster-state.ts';
export type { RuntimeCounters, TaskCounters } from './task-counters.ts';
export type { TaskView } from './task-view.ts';
export type { WorkerView } from './worker-record.ts';

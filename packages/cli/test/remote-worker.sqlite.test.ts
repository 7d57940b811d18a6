import { suite } from 'node:test';
import { emptyStore } from './lovage.ts';
import { remoteWorkerExam } from './remote-worker-exam.ts';

suite('lovage inspect, control, status and events of a worker on SQLite', { concurrency: 2 }, () => {
  remoteWorkerExam(() => ['-b', emptyStore()]);
});

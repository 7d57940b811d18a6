import type { RemoteCommand } from '../control/remote-command.ts';

/** Celery's commands that ask a worker and change nothing (wire spec 8.2). */
export const INSPECT_COMMANDS: readonly RemoteCommand[] = [
  { name: 'active', about: 'tasks that run now', args: [] },
  { name: 'active_queues', about: 'queues that are consumed', args: [] },
  { name: 'clock', about: 'value of the logical clock', args: [] },
  {
    name: 'conf',
    about: 'settings, secrets hidden',
    args: [{ name: 'with_defaults', type: 'yes-no', optional: true, label: 'defaults=no' }],
  },
  {
    name: 'memdump',
    about: 'samples of memory use',
    args: [{ name: 'samples', type: 'whole', optional: true, label: 'samples=10' }],
  },
  { name: 'memsample', about: 'memory in use', args: [] },
  {
    name: 'objgraph',
    about: 'write a picture of the objects in memory',
    args: [
      { name: 'type', type: 'text', optional: true, label: 'type=Request' },
      { name: 'num', type: 'whole', optional: true, label: 'num=200' },
      { name: 'max_depth', type: 'whole', optional: true, label: 'depth=10' },
    ],
  },
  { name: 'ping', about: 'who is there', args: [] },
  {
    name: 'query_task',
    about: 'where these tasks are',
    args: [],
    rest: { name: 'ids', type: 'text', label: 'id' },
  },
  {
    name: 'registered',
    about: 'tasks that it can run, and attributes of them',
    args: [],
    rest: { name: 'taskinfoitems', type: 'text', label: 'attribute', optional: true },
  },
  { name: 'report', about: 'what a bug report should say of it', args: [] },
  { name: 'reserved', about: 'tasks that were taken and wait to run', args: [] },
  { name: 'revoked', about: 'ids of revoked tasks', args: [] },
  { name: 'scheduled', about: 'tasks whose ETA or countdown is still to come', args: [] },
  { name: 'stats', about: 'its pool, its broker, and what it has done', args: [] },
];

import type { RemoteArgument, RemoteCommand } from './remote-command.ts';

const TASK: RemoteArgument = { name: 'task_name', type: 'text', label: 'task' };
const COUNT: RemoteArgument = { name: 'n', type: 'count', optional: true, label: 'n=1' };
const QUEUE: RemoteArgument = { name: 'queue', type: 'text' };

/** Celery's commands that change a worker (wire spec 8.4). */
export const CONTROL_COMMANDS: readonly RemoteCommand[] = [
  { name: 'add_consumer', about: 'consume a queue from now on', args: [QUEUE, ...exchange()] },
  {
    name: 'autoscale',
    about: 'change the bounds of a pool that runs with --autoscale',
    args: [
      { name: 'max', type: 'whole' },
      { name: 'min', type: 'whole', optional: true },
    ],
  },
  { name: 'cancel_consumer', about: 'stop consuming a queue', args: [QUEUE] },
  { name: 'disable_events', about: 'stop sending events of tasks', args: [] },
  {
    name: 'election',
    about: 'have one of the workers elected, with gossip',
    args: [
      { name: 'id', type: 'text' },
      { name: 'topic', type: 'text' },
      { name: 'action', type: 'json', optional: true, label: 'json action' },
    ],
  },
  { name: 'enable_events', about: 'send events of tasks, for monitors', args: [] },
  { name: 'heartbeat', about: 'send a heartbeat now', args: [] },
  { name: 'pool_grow', about: 'run n more tasks at once', args: [COUNT] },
  { name: 'pool_restart', about: 'replace the processes of the pool', args: [] },
  { name: 'pool_shrink', about: 'run n tasks fewer at once', args: [COUNT] },
  {
    name: 'rate_limit',
    about: 'run a task so often at most, in each worker: 10/s, 5/m, 0',
    args: [TASK, { name: 'rate_limit', type: 'rate', label: 'rate' }],
  },
  {
    name: 'revoke',
    about: 'do not run these tasks; what runs goes on',
    args: [],
    rest: { name: 'task_id', type: 'text', label: 'id' },
  },
  {
    name: 'revoke_by_stamped_headers',
    about: 'do not run tasks that carry these stamps',
    args: [],
    rest: { name: 'headers', type: 'stamp', label: 'stamp=value' },
  },
  { name: 'shutdown', about: 'finish what runs, then end the worker', args: [] },
  {
    name: 'terminate',
    about: 'end these tasks, also while they run',
    args: [{ name: 'signal', type: 'signal' }],
    rest: { name: 'task_id', type: 'text', label: 'id' },
  },
  {
    name: 'time_limit',
    about: 'seconds until it is told to stop, and until it is killed',
    args: [
      TASK,
      { name: 'soft', type: 'seconds', label: 'soft' },
      { name: 'hard', type: 'seconds', optional: true, label: 'hard' },
    ],
  },
];

function exchange(): readonly RemoteArgument[] {
  return [
    { name: 'exchange', type: 'text', optional: true },
    { name: 'exchange_type', type: 'text', optional: true, label: 'type' },
    { name: 'routing_key', type: 'text', optional: true, label: 'key' },
  ];
}

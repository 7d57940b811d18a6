import { Command, Option } from 'commander';
import { list, logLevel, seconds, wholeNumber } from '../arguments.ts';
import { addDaemonOptions } from '../daemon/options.ts';
import type { WorkerFlags } from '../worker/flags.ts';
import { autoscale, hostAndPort, interval, pool, profile } from '../worker/parsers.ts';

export function workerCommand(): Command {
  const command = new Command('worker')
    .description('Start a worker.')
    .optionsGroup('Worker Options:')
    .option(
      '-n, --hostname <name>',
      'name of this worker; %h host with domain, %n host, %d domain',
      'celery@%h',
    )
    .addOption(
      new Option('-l, --loglevel <level>', 'DEBUG, INFO, WARNING, ERROR, CRITICAL or FATAL')
        .argParser(logLevel)
        .default('warn', 'WARNING'),
    )
    .option(
      '-O <profile>',
      "'fair' or 'default'; a child is given a task only when it is free in both",
      profile,
    )
    .option('--prefetch-multiplier <n>', 'messages claimed per slot; 0 sets no limit', wholeNumber(0))
    .option('--disable-prefetch', 'claim a message only when a slot is free')
    .option('-S, --statedb <path>', 'file that keeps revoked tasks from one run to the next')
    .option('--http <host:port>', 'serve /livez, /readyz and /metrics there', hostAndPort)
    .option('--shutdown-grace <seconds>', 'end running tasks when a warm shutdown takes longer', seconds)
    .option('--soft-shutdown-timeout <seconds>', 'a cold shutdown waits so long for running tasks', seconds)
    .option('--json', 'log JSON, an object a line, and no banner')
    .optionsGroup('Pool Options:')
    .option(
      '-c, --concurrency <n>',
      'tasks run at once; default: the CPUs with prefork and threads, 100 with async',
      wholeNumber(1),
    )
    .option('--autoscale <max,min>', 'grow and shrink the pool between these sizes', autoscale)
    .option(
      '-P, --pool <pool>',
      'prefork: a process a task, also as processes; threads: a thread a task; async: many on one event loop, also as gevent, eventlet; solo: one at a time',
      pool,
    )
    .option('--time-limit <seconds>', 'end a task from outside after so long', seconds)
    .option('--soft-time-limit <seconds>', 'tell a task to stop after so long', seconds)
    .option('--max-tasks-per-child <n>', 'replace a child after so many tasks', wholeNumber(1))
    .option('--max-memory-per-child <kib>', 'replace a child that is larger after a task', wholeNumber(1))
    .optionsGroup('Queue Options:')
    .option('-Q, --queues <names>', 'queues to consume, separated by commas', list)
    .option('-X, --exclude-queues <names>', 'queues not to consume, separated by commas', list)
    .option('-I, --include <modules>', 'more modules to load, separated by commas', list)
    .option('--purge, --discard', 'erase what waits in its queues first')
    .optionsGroup('Features:')
    .option('-B, --beat', 'send periodic tasks too: for development, and wherever one process is enough')
    .option('--scheduler <name>', 'with -B: database, code or django')
    .option(
      '-s, --schedule <path>',
      'with -B: file that keeps periodic tasks where neither broker nor results can',
    )
    .option('-E, --task-events', 'send events of tasks, for monitors')
    .addOption(new Option('--events').hideHelp())
    .option('--heartbeat-interval <seconds>', 'how often it says that it lives; default: 2', interval)
    .option('--without-heartbeat', 'do not say that it lives')
    .option('--without-mingle', 'do not ask other workers at the start what they know to be revoked')
    .option('--without-gossip', 'do not follow the heartbeats of other workers');
  addDaemonOptions(
    command,
    'log there; %n name, %h host, %p both, %I the number of the child, if it is one',
  ).action(async (_: unknown, self: Command) => {
    const { runWorker } = await import('../worker/run.ts');
    await runWorker(self.optsWithGlobals<WorkerFlags>());
  });
  return command;
}

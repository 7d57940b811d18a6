import { Command, InvalidArgumentError, Option } from 'commander';
import { list, logLevel, seconds, wholeNumber } from '../arguments.ts';
import type { WorkerFlags } from '../worker/flags.ts';
import { refuseLater } from '../worker/later.ts';

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
    .option('--shutdown-grace <seconds>', 'end running tasks when a warm shutdown takes longer', seconds)
    .option('--json', 'log JSON, an object a line, and no banner')
    .optionsGroup('Pool Options:')
    .option(
      '-c, --concurrency <n>',
      'tasks run at once; default: the CPUs with prefork, 100 with async',
      wholeNumber(1),
    )
    .option(
      '-P, --pool <pool>',
      'prefork: a process a task; async: many on one event loop, also as gevent, eventlet',
      pool,
    )
    .option('--time-limit <seconds>', 'end a task from outside after so long', seconds)
    .option('--soft-time-limit <seconds>', 'tell a task to stop after so long', seconds)
    .option('--max-tasks-per-child <n>', 'replace a child after so many tasks', wholeNumber(1))
    .optionsGroup('Queue Options:')
    .option('-Q, --queues <names>', 'queues to consume, separated by commas', list)
    .option('-X, --exclude-queues <names>', 'queues not to consume, separated by commas', list)
    .option('-I, --include <modules>', 'more modules to load, separated by commas', list)
    .option('--purge, --discard', 'erase what waits in its queues first')
    .optionsGroup('Features:')
    .option('--without-gossip', 'nothing to turn off: this version sends none')
    .option('--without-mingle', 'nothing to turn off: this version does none')
    .option('--without-heartbeat', 'nothing to turn off: this version sends none')
    .optionsGroup('Process Options:')
    .option('--pidfile <path>', 'write the process id there; refuse to start when it names a living process')
    .action(async (_: unknown, self: Command) => {
      const { runWorker } = await import('../worker/run.ts');
      await runWorker(self.optsWithGlobals<WorkerFlags>());
    });
  refuseLater(command);
  return command;
}

const POOLS = ['prefork', 'async', 'gevent', 'eventlet'] as const;

function pool(text: string): 'prefork' | 'async' {
  if (text === 'threads' || text === 'solo' || text === 'processes') {
    throw new InvalidArgumentError(`this version has no ${text} pool: take one of ${POOLS.join(', ')}`);
  }
  if (!(POOLS as readonly string[]).includes(text)) {
    throw new InvalidArgumentError(`it must be one of ${POOLS.join(', ')}`);
  }
  return text === 'prefork' ? 'prefork' : 'async';
}

function profile(text: string): string {
  if (text === 'fair' || text === 'default') return text;
  throw new InvalidArgumentError("it must be 'default' or 'fair'");
}

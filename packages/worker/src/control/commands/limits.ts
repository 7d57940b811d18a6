import type { ControlArguments } from '@lovage/app';
import { textArgument, wrong } from '../arguments.ts';
import type { Command } from '../command.ts';
import { failed, ok } from '../command.ts';

/** How much of a task may run, and how long. */
export const limitCommands: readonly Command[] = [
  {
    name: 'rate_limit',
    required: ['task_name', 'rate_limit'],
    run({ panel, log }, args) {
      const task = textArgument(args, 'task_name');
      if (!panel.app.tasks.has(task)) {
        log.error(`Rate limit attempt for unknown task ${task}`);
        return failed('unknown task');
      }
      const limit = rateOf(args['rate_limit']);
      try {
        panel.tasks.setRateLimit(task, limit);
      } catch (error) {
        // In the words of Celery already.
        return failed((error as Error).message);
      }
      if (!limit) {
        log.info(`Rate limits disabled for tasks of type ${task}`);
        return ok('rate limit disabled successfully');
      }
      log.info(`New rate limit for tasks of type ${task}: ${limit}.`);
      return ok('new rate limit set successfully');
    },
  },
  {
    name: 'time_limit',
    optional: ['task_name', 'hard', 'soft'],
    run({ panel, log }, args) {
      const { task_name: task } = args;
      if (typeof task !== 'string' || !panel.app.tasks.has(task)) {
        log.error(`Change time limit attempt for unknown task ${String(task)}`);
        return failed('unknown task');
      }
      const hardS = secondsOf(args, 'hard');
      const softS = secondsOf(args, 'soft');
      panel.tasks.setTimeLimits(task, {
        ...(hardS === undefined ? {} : { hardS }),
        ...(softS === undefined ? {} : { softS }),
      });
      log.info(`New time limits for tasks of type ${task}: soft=${softS ?? 'None'} hard=${hardS ?? 'None'}`);
      return ok('time limits set successfully');
    },
  },
];

/** Whatever is false to Python lifts the limit. */
function rateOf(value: unknown): string | number | null {
  if (value === undefined || value === null || value === false) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw wrong('rate_limit', "a number a second, or a text such as '100/m'");
}

/** Undefined for none. @throws TypeError */
function secondsOf(args: ControlArguments, name: string): number | undefined {
  const value = args[name];
  if (value === undefined || value === null || value === 0) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw wrong(name, 'a number of seconds above 0, or null');
}

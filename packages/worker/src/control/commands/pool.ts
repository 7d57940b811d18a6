import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlArguments } from '@lovage/app';
import { optionalCount } from '../arguments.ts';
import type { Command, CommandContext } from '../command.ts';
import { failed, ok } from '../command.ts';

/** Most slots that remote control gives a pool. */
const MAX_SIZE = 10_000;
/** Whoever asked waits a second: what has not failed by then is under way. */
const UNDER_WAY_MS = 200;

/** The size of the pool, and new processes for it. */
export const poolCommands: readonly Command[] = [
  {
    name: 'pool_grow',
    optional: ['n'],
    async run({ panel, log }, args) {
      if (panel.autoscaler) return autoscaled('pool_grow');
      const by = stepOf(args);
      if (panel.pool.size + by > MAX_SIZE) throw new RangeError(`a pool has at most ${MAX_SIZE} slots`);
      await underWay('pool_grow', panel.pool.grow(by), log);
      return ok('pool will grow');
    },
  },
  {
    name: 'pool_shrink',
    optional: ['n'],
    async run({ panel, log }, args) {
      if (panel.autoscaler) return autoscaled('pool_shrink');
      await underWay('pool_shrink', panel.pool.shrink(stepOf(args)), log);
      return ok('pool will shrink');
    },
  },
  {
    name: 'pool_restart',
    optional: ['modules', 'reload', 'reloader'],
    async run({ panel, log }, args) {
      if (!panel.app.conf.workerPoolRestarts) throw new RangeError('Pool restarts not enabled');
      refuseModules(args);
      const { kind } = panel.pool;
      if (kind === 'async' || kind === 'solo') {
        return failed(
          `the ${kind} pool runs tasks in the worker itself, which keeps its modules: restart the worker`,
        );
      }
      await underWay('pool_restart', panel.pool.restart(), log);
      return ok('reload started');
    },
  },
  {
    name: 'autoscale',
    optional: ['max', 'min'],
    strict: true,
    run({ panel: { autoscaler } }, args) {
      if (!autoscaler) throw new RangeError('Autoscale not enabled');
      const max = optionalCount(args, 'max');
      const min = optionalCount(args, 'min');
      if (max !== undefined && max > MAX_SIZE) throw new RangeError(`a pool has at most ${MAX_SIZE} slots`);
      autoscaler.set({ ...(max === undefined ? {} : { max }), ...(min === undefined ? {} : { min }) });
      return ok(`autoscale now max=${autoscaler.max} min=${autoscaler.min}`);
    },
  },
];

const autoscaled = (name: string) =>
  failed(`${name} is not supported with autoscale. Adjust autoscale range instead.`);

function stepOf(args: ControlArguments): number {
  const by = optionalCount(args, 'n') ?? 1;
  if (by >= 1) return by;
  throw new RangeError('n must be a whole number from 1');
}

/** A name that comes over the wire is never imported; what the app imports itself is new in the new processes. */
function refuseModules({ modules }: ControlArguments): void {
  if (modules === undefined || modules === null || (Array.isArray(modules) && modules.length === 0)) return;
  throw new RangeError(
    'leave out modules: the new processes load all modules of the app anew, and no others',
  );
}

/** Waits a moment, so that a refusal is answered as one; later failures are logged. */
async function underWay(what: string, work: Promise<void>, log: CommandContext['log']): Promise<void> {
  let late = false;
  const watched = work.catch((error: unknown) => {
    if (!late) throw error;
    log.error(`${what} failed`, { err: error });
  });
  await Promise.race([watched, sleep(UNDER_WAY_MS, undefined, { ref: false })]);
  late = true;
}

import type { Command } from '../command.ts';
import { failed, ok } from '../command.ts';

/** What this worker tells others. */
export const eventCommands: readonly Command[] = [
  {
    name: 'enable_events',
    strict: true,
    run({ panel, log }) {
      if (!panel.events.enable()) return ok('task events already enabled');
      log.info('Events of group {task} enabled by remote.');
      return ok('task events enabled');
    },
  },
  {
    name: 'disable_events',
    strict: true,
    run({ panel, log }) {
      // Also for a worker that was started with -E and goes on sending them: Celery's answer.
      if (!panel.events.disable()) return ok('task events already disabled');
      log.info('Events of group {task} disabled by remote.');
      return ok('task events disabled');
    },
  },
  {
    name: 'heartbeat',
    strict: true,
    run({ panel, log }) {
      log.debug('Heartbeat requested by remote.');
      panel.events.heartbeat();
      return null;
    },
  },
  {
    // Gossip takes part in the elections of Celery's workers as a voter, so that they come to an end.
    name: 'election',
    required: ['id', 'topic'],
    optional: ['action'],
    run: () => failed('workers of Lovage vote in elections and do not stand for them'),
  },
];

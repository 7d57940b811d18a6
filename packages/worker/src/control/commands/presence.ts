import { optionalText, textArgument } from '../arguments.ts';
import type { Command } from '../command.ts';
import { NO_REPLY, ok } from '../command.ts';
import { newlyRevoked, toRevokedMap } from '../revoked-map.ts';

/** Who is there, and going. */
export const presenceCommands: readonly Command[] = [
  {
    name: 'ping',
    run: () => ok('pong'),
  },
  {
    name: 'clock',
    run: ({ panel }) => ({ clock: panel.clock.value }),
  },
  {
    // A worker that starts greets the others with what it knows to be revoked (wire spec 9.5).
    name: 'hello',
    required: ['from_node'],
    optional: ['revoked'],
    run({ panel, log }, args) {
      const from = textArgument(args, 'from_node');
      if (from === panel.hostname) return null;
      log.info(`sync with ${from}`);
      const fresh = newlyRevoked(args['revoked'], panel.tasks.revokedIds());
      if (fresh.length > 0) panel.tasks.revoke(fresh);
      return { revoked: toRevokedMap(panel.tasks.revokedIds()), clock: panel.clock.forward() };
    },
  },
  {
    name: 'shutdown',
    optional: ['msg'],
    run({ panel, log }, args) {
      log.warn(optionalText(args, 'msg') ?? 'Got shutdown from remote');
      panel.shutdown();
      return NO_REPLY;
    },
  },
];

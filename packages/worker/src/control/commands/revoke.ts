import { REVOCATION_TEXT_MAX, REVOCATIONS_KEPT } from '@lovage/contracts';
import { textList } from '../arguments.ts';
import type { Command, CommandContext } from '../command.ts';
import { ok } from '../command.ts';
import type { NamedSignal } from '../signal-names.ts';
import { readSignal } from '../signal-names.ts';

/** Tasks that must not run, by their ids. */
export const revokeCommands: readonly Command[] = [
  {
    name: 'revoke',
    required: ['task_id'],
    optional: ['terminate', 'signal'],
    run(context, args) {
      const signal = readSignal(args['signal']);
      return revoke(context, textList(args, 'task_id'), args['terminate'] ? signal : undefined);
    },
  },
  {
    name: 'terminate',
    required: ['signal', 'task_id'],
    run: (context, args) => revoke(context, textList(args, 'task_id'), readSignal(args['signal'])),
  },
];

function revoke({ panel, log }: CommandContext, ids: readonly string[], signal: NamedSignal | undefined) {
  if (ids.length > REVOCATIONS_KEPT)
    throw new RangeError(`at most ${REVOCATIONS_KEPT} ids are revoked at once`);
  if (ids.some((id) => id === '' || id.length > REVOCATION_TEXT_MAX)) {
    throw new RangeError(`the id of a task has 1 to ${REVOCATION_TEXT_MAX} characters`);
  }
  panel.tasks.revoke(ids.map((taskId) => ({ kind: 'id', taskId })));
  if (!signal) {
    log.info(`Tasks flagged as revoked: ${ids.join(', ')}`);
    return ok(`tasks ${ids.join(', ')} flagged as revoked`);
  }
  const terminated = terminate({ panel, log }, new Set(ids), signal);
  return ok(`terminate: ${terminated.length === 0 ? 'tasks unknown' : terminated.join(', ')}`);
}

/** Those that wait here count too: revoked, they end as soon as it is their turn. */
function terminate(
  { panel, log }: Pick<CommandContext, 'panel' | 'log'>,
  ids: ReadonlySet<string>,
  signal: NamedSignal,
): readonly string[] {
  const waiting = panel.reserved().map(({ headers }) => headers.id);
  const running = panel.tasks.terminate(({ headers }) => ids.has(headers.id), signal.name);
  const ended = new Set([...running, ...waiting.filter((id) => ids.has(id))]);
  for (const id of ended) log.info(`Terminating ${id} (${signal.number})`);
  return [...ended];
}

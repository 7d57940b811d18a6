import type { App } from '@lovage/app';
import { Aborted } from '../exit.ts';
import { confirm } from '../output/confirm.ts';
import { paint } from '../output/paint.ts';
import { counted, printJson } from '../output/texts.ts';
import { ask, audience, requireReplies } from './ask.ts';
import type { CommandLine } from './options.ts';
import { textLine, valueLines } from './plain-value.ts';
import { answerText } from './show-answer.ts';

const ANSWER = { ok: 'shutdown requested' };

/**
 * `lovage control shutdown`. A worker ends without an answer, so those that are there are counted first: Celery's
 * command says "No nodes replied" of a shutdown that worked. On a terminal it asks, naming the nodes.
 *
 * @throws Aborted when somebody was asked and did not say yes
 * @throws CommandError (69) when no node was there; it is sent all the same, for one that is only busy
 */
export async function shutdown(app: App, options: CommandLine): Promise<void> {
  const there = await ask(app, { method: 'ping', arguments: {} }, options);
  const nodes = [...there.keys()].sort();
  const sure = options.yes || options.force || options.json;
  const asks = process.stdin.isTTY && process.stdout.isTTY && !sure;
  if (asks && !(await confirm(question(nodes)))) throw new Aborted();
  await app.control.broadcast('shutdown', audience(options));
  requireReplies(there, options);
  if (options.json) printJson(nodes.map((node) => ({ [node]: ANSWER })));
  else for (const node of nodes) console.log(answerText(node, ANSWER, valueLines, Date.now()));
}

function question(nodes: readonly string[]): string {
  const who =
    nodes.length === 0
      ? 'No node answers; one that is busy would get this all the same.'
      : `This will shut down ${counted(nodes.length, 'node')}: ${nodes.map((node) => textLine(node)).join(', ')}.`;
  return `${paint('red', 'WARNING')}: ${who}\n(to skip this prompt use --yes)\nAre you sure? [y/N]: `;
}

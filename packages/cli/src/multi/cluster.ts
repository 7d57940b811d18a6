import { paint } from '../output/paint.ts';
import { counted } from '../output/texts.ts';
import type { Node } from './nodes.ts';
import { commandOf, ended, pidOf, sendSignal, startNode } from './processes.ts';
import { shellWords } from './shell-words.ts';

export interface Voice {
  /** Left out under --quiet. */
  readonly note: (line: string) => void;
  readonly verbose: boolean;
}

interface Signalled {
  readonly node: Node;
  readonly pid: number;
}

const OK = (): string => paint('green', 'OK');
const DOWN = (): string => paint('magenta', 'DOWN');

/** One after another. Answers how many did not start. */
export async function startAll(nodes: readonly Node[], voice: Voice): Promise<number> {
  voice.note('> Starting nodes...');
  let failed = 0;
  for (const node of nodes) failed += (await startOne(node, `\t> ${node.name}: `, voice)) ? 0 : 1;
  return failed;
}

async function startOne(node: Node, lead: string, { note, verbose }: Voice): Promise<boolean> {
  const { exitCode, words } = await startNode(node);
  if (verbose) note(`\t  ${shellWords(commandOf(node))}`);
  if (exitCode === 0) {
    const waits = words.includes('waits for its broker') ? ', waits for its broker' : '';
    note(`${lead}${OK()} ${paint('dim', `(pid ${pidOf(node) ?? '?'}${waits}; log: ${node.logfile})`)}`);
    return true;
  }
  note(`${lead}${paint('red', 'FAILED')}`);
  if (words !== '') note(words.replace(/^/gm, '\t  '));
  note(`* Child terminated with exit code ${exitCode}`);
  return false;
}

/** Tell the nodes to end, and with `wait` wait until they have. */
export async function stopAll(
  nodes: readonly Node[],
  signal: NodeJS.Signals,
  wait: boolean,
  voice: Voice,
): Promise<void> {
  const told = tellAll(nodes, signal, voice, (node) => voice.note(`> ${node.name}: ${DOWN()}`));
  if (!wait || told.length === 0) return;
  sayWaiting(told, voice);
  await Promise.all(
    told.map(async ({ node, pid }) => {
      await ended(pid);
      voice.note(`\t> ${node.name}: ${OK()}`);
    }),
  );
}

/** Stop the nodes and start each again as soon as it has ended, those that did not run too. Answers how many did not start. */
export async function restartAll(
  nodes: readonly Node[],
  signal: NodeJS.Signals,
  voice: Voice,
): Promise<number> {
  const told = tellAll(nodes, signal, voice, () => {});
  if (told.length > 0) sayWaiting(told, voice);
  const down = nodes.filter((node) => !told.some((each) => each.node === node));
  // One after another, so that what is said of one stands together.
  let last: Promise<number> = Promise.resolve(0);
  const startNext = (node: Node): Promise<number> => {
    last = last.then(async (failed) => {
      const lead = `${paint('blue', '> Restarting node')} ${node.name}: `;
      return failed + ((await startOne(node, lead, voice)) ? 0 : 1);
    });
    return last;
  };
  await Promise.all([
    ...down.map(startNext),
    ...told.map(async ({ node, pid }) => {
      await ended(pid);
      await startNext(node);
    }),
  ]);
  return last;
}

/** End the nodes at once: what they run is lost, or comes back once their leases have lapsed. */
export function killAll(nodes: readonly Node[], { note }: Voice): void {
  for (const node of nodes) {
    const pid = pidOf(node);
    if (pid === undefined) {
      note(`> ${node.name}: ${DOWN()}`);
      continue;
    }
    note(`Sending KILL to node ${node.name} (${pid})`);
    sendSignal(pid, 'SIGKILL');
  }
}

function tellAll(
  nodes: readonly Node[],
  signal: NodeJS.Signals,
  { note }: Voice,
  onDown: (node: Node) => void,
): Signalled[] {
  const live = nodes.flatMap((node): Signalled[] => {
    const pid = pidOf(node);
    if (pid === undefined) onDown(node);
    return pid === undefined ? [] : [{ node, pid }];
  });
  if (live.length > 0) note(paint('blue', '> Stopping nodes...'));
  return live.filter(({ node, pid }) => {
    note(`\t> ${node.name}: ${signal.replace(/^SIG/, '')} -> ${pid}`);
    const alive = sendSignal(pid, signal);
    if (!alive) note(`Could not signal ${node.name} (${pid}): No such process`);
    return alive;
  });
}

function sayWaiting(told: readonly Signalled[], { note }: Voice): void {
  const pids = told.map(({ pid }) => pid).join(', ');
  note(paint('blue', `> Waiting for ${counted(told.length, 'node')} -> ${pids}...`));
}

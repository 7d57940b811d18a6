import { setTimeout as sleep } from 'node:timers/promises';
import type { Styled } from '../output/paint.ts';
import { paint } from '../output/paint.ts';
import type { CommandLine } from './command-line.ts';
import type { Variables } from './environment.ts';
import { guard } from './guard.ts';
import { prefixed } from './lines.ts';
import type { Ended, ProcessGroup } from './process-group.ts';
import { startGroup } from './process-group.ts';

/** A process as it is to be started. */
export interface Member extends CommandLine {
  readonly label: string;
  /** For people: the command as it was written. */
  readonly written: string;
}

export interface Supervision {
  readonly env: Variables;
  /** Seconds from being asked to being killed. */
  readonly grace: number;
  readonly quiet: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const COLOURS: readonly Styled[] = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'red'];
const LOOK_EVERY_MS = 50;
/** What was killed is gone at once; a system that says otherwise is not waited for. */
const AFTER_KILL_MS = 2000;
/** For what they have written and we have not yet read. */
const LAST_LINES_MS = 500;

/**
 * Runs them all until one ends, or a signal comes; then none of them runs any more, nor what they have started. A second
 * signal waits for nobody. Answers the exit code: that of the one that ended, 0 where all were asked to.
 */
export async function supervise(
  members: readonly Member[],
  { env, grace, quiet }: Supervision,
): Promise<number> {
  const width = Math.max('dev'.length, ...members.map(({ label }) => label.length));
  const prefix = (label: string, style: Styled) => paint(style, `${label.padEnd(width)} | `);
  const say = (line: string) => void process.stdout.write(`${prefix('dev', 'dim')}${line}\n`);
  const over = Promise.withResolvers<number>();
  const running = members.map((member, at): ProcessGroup => {
    const group = startGroup(member, { ...env, ...member.env });
    if (!quiet) say(`${member.label} is started (pid ${group.pid ?? 'none'}): ${member.written}`);
    const style = COLOURS[at % COLOURS.length]!;
    for (const stream of group.output) {
      stream.pipe(prefixed(prefix(member.label, style))).pipe(process.stdout, { end: false });
    }
    void group.ended.then(({ code, how }: Ended) => {
      say(`${member.label} has ended (${how})`);
      over.resolve(code);
    });
    return group;
  });
  const killAll = () => {
    for (const group of running) if (group.alive()) group.kill();
  };
  const dismissGuard = guard(running.flatMap(({ pid }) => pid ?? []));
  process.once('exit', killAll);

  const hurry = new AbortController();
  let asked = 0;
  const onSignal = () => {
    asked += 1;
    over.resolve(0);
    if (asked > 1) hurry.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  // Each stream of each process waits for it to drain.
  process.stdout.setMaxListeners(0);

  const code = await over.promise;
  if (!quiet) say('stopping all');
  for (const group of running) group.stop();
  if (!(await allGone(running, grace * 1000, hurry.signal))) {
    say(hurry.signal.aborted ? 'killing what still runs' : `killing what still runs after ${grace} s`);
    killAll();
    await allGone(running, AFTER_KILL_MS);
  }
  await lastLines(running);
  dismissGuard();
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
  return code;
}

/** Nobody says when the last of a group has ended, so it is looked for. False: some are there after so long, or were not to be waited for. */
async function allGone(
  groups: readonly ProcessGroup[],
  ms: number,
  hurry: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  const until = performance.now() + ms;
  while (groups.some((group) => group.alive())) {
    if (hurry.aborted || performance.now() >= until) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal: hurry }).catch(() => {});
  }
  return true;
}

async function lastLines(groups: readonly ProcessGroup[]): Promise<void> {
  const streams = groups.flatMap(({ output }) => output);
  const until = performance.now() + LAST_LINES_MS;
  while (streams.some(({ readableEnded }) => !readableEnded) && performance.now() < until) await sleep(10);
}

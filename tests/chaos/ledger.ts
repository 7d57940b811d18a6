import { readFileSync } from 'node:fs';

/** One run of one task, as it wrote itself down. */
export interface Run {
  readonly n: number;
  readonly pid: number;
  readonly startMs: number;
  endMs: number | undefined;
}

/** Something that was killed: with it, whatever it was doing. */
export interface Kill {
  /** It happened between these two moments: a signal takes a while to arrive, a server to be back. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** The processes whose tasks it took; undefined when it was the broker, which touches everybody. */
  readonly pids: ReadonlySet<number> | undefined;
}

export function readLedger(file: string): Map<number, Run[]> {
  const runs = new Map<number, Run[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [what, n, pid, at] = line.split(' ');
    if (!what || at === undefined) continue;
    const list = runs.get(Number(n)) ?? [];
    runs.set(Number(n), list);
    if (what === 'start')
      list.push({ n: Number(n), pid: Number(pid), startMs: Number(at), endMs: undefined });
    else {
      const own = list.findLast((run) => run.pid === Number(pid) && run.endMs === undefined);
      if (own) own.endMs = Number(at);
    }
  }
  return runs;
}

/** A run that ended is safe once its end is settled, which takes at most this long when nobody is killed. */
const SETTLED_WITHIN_MS = 3000;

/** Runs that had to be repeated though no kill can have touched them. There must be none. */
export function unexplainedRepeats(runs: ReadonlyMap<number, readonly Run[]>, kills: readonly Kill[]): Run[] {
  return [...runs.values()].flatMap((list) =>
    list.slice(0, -1).filter((run) => {
      const safeMs = (run.endMs ?? Number.POSITIVE_INFINITY) + SETTLED_WITHIN_MS;
      return !kills.some(
        ({ fromMs, untilMs, pids }) =>
          (pids === undefined || pids.has(run.pid)) && untilMs >= run.startMs && fromMs <= safeMs,
      );
    }),
  );
}

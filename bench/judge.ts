import type { Row, Target } from './row.ts';
import type { RowResult, Standing } from './run.ts';

/** How one promise came out. */
export interface Verdict {
  readonly target: Target;
  /** The promise in words. */
  readonly promise: string;
  /** What was reached, in the promise's own measure; undefined when one side was not measured. */
  readonly reached: number | undefined;
  readonly met: boolean | undefined;
}

export function judge({ row, standings }: RowResult): readonly Verdict[] {
  return row.targets.map((target) => {
    const by = target.by ?? 'Lovage';
    const ours = figureOf(standings, by, target.figure);
    if ('atMost' in target) {
      const met = ours === undefined ? undefined : ours <= target.atMost;
      return {
        target,
        promise: `${by}: ${target.figure} at most ${target.atMost} ${row.unit}`,
        reached: ours,
        met,
      };
    }
    const theirs = figureOf(standings, target.of, target.figure);
    const reached = ours === undefined || theirs === undefined ? undefined : advantage(row, ours, theirs);
    const met = reached === undefined ? undefined : reached >= target.times;
    return { target, promise: `${by}: ${target.times} x ${target.of}`, reached, met };
  });
}

/** How many times better `ours` is than `theirs`. */
export const advantage = ({ better }: Pick<Row, 'better'>, ours: number, theirs: number): number =>
  better === 'more' ? ours / theirs : theirs / ours;

const figureOf = (standings: readonly Standing[], name: string, figure: string): number | undefined =>
  standings.find(({ contender }) => contender.name === name)?.medians?.[figure];

import { readFileSync } from 'node:fs';

/** What a run of a task wrote down of itself. */
export interface CanvasLine {
  readonly what: 'begins' | 'ends';
  readonly task: string;
  readonly id: string;
  readonly pid: number;
  readonly atMs: number;
  /** Its message had been out before. */
  readonly redelivered?: boolean;
  /** The workflow that it ends, and what its body was given. */
  readonly flow?: string;
  readonly values?: unknown;
}

/** All lines so far. The last one may be under way. */
export function readLines(file: string): readonly CanvasLine[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as CanvasLine);
}

/** The runs of what ends workflows, by workflow, in their order. */
export function endsByFlow(lines: readonly CanvasLine[]): ReadonlyMap<string, readonly CanvasLine[]> {
  return Map.groupBy(
    lines.filter(({ what, flow }) => what === 'begins' && flow !== undefined),
    ({ flow }) => flow!,
  );
}

/** These processes died at this moment. */
export interface Kill {
  readonly pids: ReadonlySet<number>;
  readonly atMs: number;
}

/** How many runs of each task the kills cut off. */
export function hits(lines: readonly CanvasLine[], kills: readonly Kill[]): Readonly<Record<string, number>> {
  const cut: Record<string, number> = {};
  for (const { pids, atMs } of kills) {
    const running = new Map<string, CanvasLine>();
    for (const line of lines) {
      if (!pids.has(line.pid) || line.atMs > atMs) continue;
      if (line.what === 'begins') running.set(`${line.pid} ${line.id}`, line);
      else running.delete(`${line.pid} ${line.id}`);
    }
    for (const { task } of running.values()) cut[task] = (cut[task] ?? 0) + 1;
  }
  return cut;
}

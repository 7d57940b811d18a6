import type { AsyncResult, GroupResult } from 'lovage';

/** One task of the picture. */
export interface Part {
  state: string;
  /** 0 to 1, for a task that says how far it is. */
  progress: number | undefined;
}

/** What stands at one place of a line: a task, or several that run side by side. */
export interface Stage {
  readonly label: string;
  readonly parts: readonly Part[];
  readonly sideBySide: boolean;
}

/** One workflow of the picture. */
export interface Line {
  readonly about: string;
  readonly stages: readonly Stage[];
  /** Empty until it has ended. */
  outcome: { readonly state: string; readonly seconds: number; readonly text: string } | undefined;
}

/** What sending a workflow answers, whatever its kind. */
type Outcome<Value> = { get(): Promise<Value> } & (AsyncResult | GroupResult);

/**
 * A line that is kept true to what a workflow does, and a promise of its value: undefined when it fails. Its stages
 * come from the result, which knows those before it; `labels` names them.
 */
export function follow<Value>(
  about: string,
  labels: readonly string[],
  result: Outcome<Value>,
  told: (value: Value) => string,
): { readonly line: Line; readonly value: Promise<Value | undefined> } {
  const startedMs = performance.now();
  const watching: Promise<void>[] = [];
  const stages = stagesOf(result).map((stage, index): Stage => {
    const members = 'results' in stage ? stage.results : [stage];
    const parts = members.map((): Part => ({ state: 'PENDING', progress: undefined }));
    members.forEach((member, at) => {
      watching.push(watch(member, parts[at]!));
    });
    return { label: labels[index] ?? '', parts, sideBySide: 'results' in stage };
  });
  const line: Line = { about, stages, outcome: undefined };
  const end = (state: string, text: string) => {
    line.outcome = { state, text, seconds: (performance.now() - startedMs) / 1000 };
  };
  const value = Promise.all(watching)
    .then(() => result.get())
    .then(
      (got) => {
        end('SUCCESS', told(got));
        return got;
      },
      (error: Error) => {
        end('FAILURE', error.message);
        return undefined;
      },
    );
  return { line, value };
}

/** A result and those before it, the first of them first: of a chord the header, then the body. */
function stagesOf(result: AsyncResult | GroupResult): (AsyncResult | GroupResult)[] {
  return result.parent ? [...stagesOf(result.parent), result] : [result];
}

/** Keeps a part true to its task, until that has ended. */
async function watch(result: AsyncResult | GroupResult, part: Part): Promise<void> {
  if ('results' in result) return;
  for await (const { state, info } of result.updates()) {
    part.state = state;
    if (state === 'PROGRESS') part.progress = fraction(info);
  }
}

function fraction(info: unknown): number | undefined {
  const { current, total } = info as { readonly current?: number; readonly total?: number };
  return current === undefined || total === undefined ? undefined : current / total;
}

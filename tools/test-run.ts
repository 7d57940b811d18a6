import { run } from 'node:test';

/** What one test file came to. */
export interface FileResult {
  /** As given to `runFile`. */
  readonly file: string;
  readonly passed: number;
  readonly skipped: readonly Skipped[];
  readonly failures: readonly Failure[];
  readonly durationMs: number;
  /** All it printed, stdout and stderr together; shown only when it failed. */
  readonly output: string;
}

export interface Skipped {
  readonly name: string;
  /** Why; empty where the test did not say. */
  readonly reason: string;
}

export interface Failure {
  /** `suite > test`, from the outside in. */
  readonly name: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly error: unknown;
}

/** A test, or a suite, as the runner reports it when it ends. */
interface Ended {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly testId?: number;
  readonly parentId?: number;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: { readonly type?: string; readonly passed: boolean; readonly error?: Error };
}

/**
 * Run one file in a process of its own and wait until that process is gone.
 * A file that does not end by itself within `limitMs` is stopped and counts as failed:
 * it hangs, or leaves a handle open.
 */
export async function runFile(file: string, path: string, limitMs: number): Promise<FileResult> {
  const started = performance.now();
  const names = new Map<number, { readonly name: string; readonly parent: number }>();
  const skipped: Skipped[] = [];
  const failures: Failure[] = [];
  const seen = new Set<number>();
  let passed = 0;
  let output = '';

  for await (const { type, data } of run({ files: [path], signal: AbortSignal.timeout(limitMs) })) {
    if (type === 'test:stdout' || type === 'test:stderr') output += (data as { message: string }).message;
    if (type === 'test:enqueue') {
      const { testId, parentId, name } = data as unknown as Ended;
      if (testId !== undefined && name !== path) names.set(testId, { name, parent: parentId ?? 0 });
    }
    if (type !== 'test:complete') continue;
    const ended = data as unknown as Ended;
    if (isRepeated(ended, path, seen)) continue;
    const verdict = judge(ended, path);
    if (verdict === 'passed') passed += 1;
    else if (verdict === 'skipped') skipped.push({ name: fullName(ended, names), reason: reasonOf(ended) });
    else if (verdict === 'failed') {
      const whole = ended.name === path;
      failures.push({
        name: whole ? 'the file as a whole' : fullName(ended, names),
        file,
        line: whole ? undefined : ended.line,
        error: whole ? wholeFileError(ended, limitMs) : (ended.details.error?.cause ?? ended.details.error),
      });
    }
  }
  return { file, passed, skipped, failures, durationMs: performance.now() - started, output };
}

/**
 * Whether this end was told before: the runner tells some tests of nested concurrent suites twice.
 * The file as such is told once, under the number of its first test.
 */
function isRepeated({ testId, name }: Ended, path: string, seen: Set<number>): boolean {
  if (testId === undefined || name === path) return false;
  if (seen.has(testId)) return true;
  seen.add(testId);
  return false;
}

/** What to count `ended` as. Suites, and files as such, count only through what they hold. */
function judge(ended: Ended, path: string): 'passed' | 'skipped' | 'failed' | 'nothing' {
  if (!ended.details.passed && ended.todo === undefined) {
    return kindOf(ended) === 'subtestsFailed' ? 'nothing' : 'failed';
  }
  if (ended.name === path || ended.details.type === 'suite') return 'nothing';
  return ended.skip !== undefined || ended.todo !== undefined ? 'skipped' : 'passed';
}

function kindOf(ended: Ended): string | undefined {
  return (ended.details.error as { failureType?: string } | undefined)?.failureType;
}

/** A file fails as a whole when its process ends badly, or not at all. */
function wholeFileError(ended: Ended, limitMs: number): Error {
  return kindOf(ended) === 'testAborted'
    ? new Error(`still running after ${limitMs / 1000} s: a test hangs, or something is left open. Stopped.`)
    : new Error('its process failed outside any test; see its output');
}

function reasonOf(ended: Ended): string {
  const reason = ended.skip ?? ended.todo;
  return typeof reason === 'string' ? reason : '';
}

function fullName(
  ended: Ended,
  names: ReadonlyMap<number, { readonly name: string; readonly parent: number }>,
): string {
  const path = [ended.name];
  for (let at = names.get(ended.parentId ?? 0); at !== undefined; at = names.get(at.parent))
    path.unshift(at.name);
  return path.join(' > ');
}

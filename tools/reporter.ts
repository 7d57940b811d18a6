import { inspect, styleText } from 'node:util';
import type { Failure, FileResult } from './test-run.ts';

/** A suite that did not run because a service is missing, as `tools/services.ts` notes it. */
export interface MissingService {
  readonly suite: string;
  readonly reason: string;
  /** The one command that would enable it. */
  readonly enable: string;
}

type Style = Parameters<typeof styleText>[0];
/** Coloured on a terminal only, and not under NO_COLOR. */
const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

/** One line a file, as it ends. */
export function fileLine(result: FileResult, width: number): string {
  const { passed, failures, skipped } = result;
  const counts = [`${passed} passed`.padStart(10)];
  if (failures.length > 0) counts.push(paint('red', `${failures.length} failed`));
  if (skipped.length > 0) counts.push(paint('yellow', `${skipped.length} skipped`));
  const mark =
    failures.length > 0 ? paint('red', '✗') : passed > 0 ? paint('green', '✓') : paint('yellow', '-');
  const time = paint('dim', `${(result.durationMs / 1000).toFixed(1)} s`.padStart(7));
  return `${mark} ${result.file.padEnd(width)} ${time} ${counts.join(', ')}`;
}

/** Every failure with its place and its error, and what failed files printed. */
export function failureReport(results: readonly FileResult[]): string {
  const failed = results.filter((result) => result.failures.length > 0);
  if (failed.length === 0) return '';
  const parts = [paint(['bold', 'red'], 'Failures'), ''];
  let number = 0;
  for (const result of failed) {
    for (const failure of result.failures) parts.push(oneFailure(failure, ++number), '');
    if (result.output.trim() !== '') {
      parts.push(paint('dim', `  Printed by ${result.file}:`), indent(lastLines(result.output), 4), '');
    }
  }
  return parts.join('\n');
}

function oneFailure(failure: Failure, number: number): string {
  const place = failure.line === undefined ? failure.file : `${failure.file}:${failure.line}`;
  return `  ${number}) ${paint('bold', failure.name)}\n     ${paint('cyan', place)}\n${indent(describe(failure.error), 5)}`;
}

/** Messages and the frames that are ours, of an error and its causes; the runner's own frames say nothing. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: 6 });
  const own = (error.stack ?? String(error))
    .split('\n')
    .filter((line) => !/^\s+at .*(node:internal|node:async_hooks)/.test(line))
    .join('\n');
  return error.cause === undefined ? own : `${own}\ncaused by ${describe(error.cause)}`;
}

/** The suites that were left out, why, and how to have them. */
export function missingReport(missing: readonly MissingService[]): string {
  if (missing.length === 0) return '';
  const suites = missing.map((each) => `  ${each.suite}: ${each.reason}`);
  const commands = new Set(missing.map((each) => each.enable));
  const enable = [...commands].map((command) => `  ${command}`);
  return [paint(['bold', 'yellow'], 'Not run'), ...suites, 'To enable:', ...enable, ''].join('\n');
}

/** Other tests that skipped themselves, with their reasons. */
export function skippedReport(results: readonly FileResult[]): string {
  const lines = results.flatMap((result) =>
    result.skipped.map(
      (each) => `  ${result.file}: ${each.name}${each.reason === '' ? '' : `: ${each.reason}`}`,
    ),
  );
  return lines.length === 0 ? '' : [paint(['bold', 'yellow'], 'Skipped'), ...lines, ''].join('\n');
}

/** `123 passed, 0 failed, 2 skipped`: the line that machines read, so without colour. */
export function totalsLine(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Enough to see what happened, not a flood. */
function lastLines(text: string, most = 60): string {
  const lines = text.trimEnd().split('\n');
  return lines.length <= most ? lines.join('\n') : ['...', ...lines.slice(-most)].join('\n');
}

function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

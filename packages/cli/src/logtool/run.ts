import { plainLines } from '../output/plain.ts';
import { printJson } from '../output/texts.ts';
import { Audit } from './audit.ts';
import { entriesOf, entryText, type LogEntry } from './entries.ts';
import { statsDocument, statsText } from './stats.ts';
import { readTaskLine, type TaskLine } from './task-line.ts';

export interface LogtoolOptions {
  readonly json?: boolean;
}

/** What the log tells of tasks, counted. */
export async function stats(files: readonly string[], { json }: LogtoolOptions): Promise<void> {
  const audit = await audited(files);
  if (json) printJson(statsDocument(audit));
  else console.log(statsText(audit));
}

/** Tasks that were received and have not ended. */
export async function incomplete(files: readonly string[], { json }: LogtoolOptions): Promise<void> {
  const { incomplete: open } = await audited(files);
  if (json) printJson(open);
  else
    for (const { id, name, since } of open)
      console.log(`Did not complete: ${id} (${name}, received ${since})`);
}

/** The lines that say that a task failed. */
export function errors(files: readonly string[], options: LogtoolOptions): Promise<void> {
  return show(files, options, (entry, line) =>
    line?.kind === 'failed' ? { ...entry, below: [] } : undefined,
  );
}

/** The first line of a traceback of Python, any of a stack of JavaScript. */
const TRACE = /^Traceback \(most recent call last\):|^ {4}at /;

/** Everything that has a traceback below it. */
export function traces(files: readonly string[], options: LogtoolOptions): Promise<void> {
  return show(files, options, (entry) => (entry.below.some((line) => TRACE.test(line)) ? entry : undefined));
}

/** What is not about the way of a task. */
export function debug(files: readonly string[], options: LogtoolOptions): Promise<void> {
  return show(files, options, (entry, line) => (line ? undefined : { ...entry, below: [] }));
}

async function audited(files: readonly string[]): Promise<Audit> {
  const audit = new Audit();
  for await (const entry of entriesOf(files)) {
    const line = readTaskLine(entry.message);
    if (line) audit.add(line, entry);
  }
  return audit;
}

/** As it is read: a log may be followed (`tail -f worker.log | lovage logtool errors`). */
async function show(
  files: readonly string[],
  { json }: LogtoolOptions,
  pick: (entry: LogEntry, line: TaskLine | undefined) => LogEntry | undefined,
): Promise<void> {
  endWithReader();
  for await (const entry of entriesOf(files)) {
    const picked = pick(entry, readTaskLine(entry.message));
    if (picked) console.log(json ? JSON.stringify(picked) : harmless(entryText(picked)));
  }
}

/** What tasks wrote into the log must not steer a terminal; elsewhere it is passed on as it is. */
const harmless = (text: string): string => (process.stdout.isTTY ? plainLines(text).join('\n') : text);

/** Whoever read has seen enough (`… | head`). */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

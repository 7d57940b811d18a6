import { inspect } from 'node:util';
import type { App } from '@lovage/app';
import type { ResultBackend } from '@lovage/contracts';
import { type ErrorInfo, errorRepr, isFinal, readMeta, type TaskMeta } from '@lovage/protocol';
import type { ResultOptions } from './commands/result.ts';
import { CommandError, EXIT } from './exit.ts';
import { given } from './given.ts';
import { printJson } from './output/texts.ts';
import { withApp } from './with-app.ts';

/** `lovage result`: the value on stdout and exit code 0, or the failure on stderr and 1. */
export async function showResult(id: string, options: ResultOptions): Promise<void> {
  await withApp(options, async (app) => {
    const payload = await finalPayload(app, id, options.timeout);
    const meta = readMeta(payload);
    const succeeded = meta.status === 'SUCCESS';
    if (options.json) printJson(JSON.parse(new TextDecoder().decode(payload)));
    else if (options.traceback)
      console.log(meta.traceback ?? `${id} has no traceback: its state is ${meta.status}.`);
    else if (succeeded) console.log(shown(meta.result));
    else console.error(failure(id, meta));
    // Asking for the traceback of a failure is no failure.
    if (!succeeded && !options.traceback) process.exitCode = EXIT.failed;
  });
}

/** @throws CommandError (69) when the task has not ended in time */
async function finalPayload(app: App, id: string, timeout: number | undefined): Promise<Uint8Array> {
  const { results } = await app.drivers();
  if (!results) throw new CommandError('This app keeps no results: its result backend is disabled.');
  const kept = await fetch(results, id);
  if (kept?.final) return kept.payload;
  // Waiting throws for time only: a task that failed has a result too.
  if (timeout !== 0)
    await app
      .asyncResult(id)
      .get({ ...given({ timeout }), propagate: false })
      .catch(onlyTimeouts);
  const ended = await fetch(results, id);
  if (ended?.final) return ended.payload;
  const state = ended?.state ?? 'PENDING';
  const waited = timeout === undefined || timeout === 0 ? 'yet' : `within ${timeout} s`;
  const hint = state === 'PENDING' ? ' No store knows this id: it may wait, or never have been sent.' : '';
  throw new CommandError(`${id} has not ended ${waited}: its state is ${state}.${hint}`, EXIT.unavailable);
}

async function fetch(results: ResultBackend, id: string) {
  const record = (await results.fetch([id])).get(id);
  return record && { ...record, final: record.final || isFinal(record.state) };
}

function onlyTimeouts(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
}

/** A text as it is, anything else as Node shows it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return inspect(value, {
    depth: null,
    colors: process.stdout.hasColors?.() ?? false,
    compact: 3,
    breakLength: 100,
  });
}

function failure(id: string, meta: TaskMeta): string {
  const what = isErrorInfo(meta.result) ? errorRepr(meta.result) : inspect(meta.result);
  const above = meta.traceback ? `${meta.traceback.trimEnd()}\n\n` : '';
  return `${above}Task ${id} ended as ${meta.status}: ${what}`;
}

function isErrorInfo(value: unknown): value is ErrorInfo {
  return typeof value === 'object' && value !== null && 'type' in value && 'message' in value;
}

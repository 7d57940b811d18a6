/** The worker process of the reference pool. */
import type { PoolEntry } from '@lovage/contracts';
import { TimeLimit } from '@lovage/contracts';
import type { FromChild, ToChild } from './pool.ts';

process.once('disconnect', () => process.exit(0));

function details(error: unknown): { name: string; message: string; stack?: string } {
  try {
    if (error instanceof Error)
      return { name: error.name, message: error.message, ...(error.stack ? { stack: error.stack } : {}) };
    return { name: typeof error, message: String(error) };
  } catch {
    return { name: 'Error', message: 'an error that cannot be read' };
  }
}

function send(message: FromChild): void {
  process.send?.(message);
}

let entry: PoolEntry | undefined;
const signals = new Map<string, AbortController>();

async function handle(message: ToChild): Promise<void> {
  if (message.kind === 'open') {
    try {
      entry = (await import(message.entry)) as PoolEntry;
      await entry.init?.(message.data, { number: message.number });
      send({ kind: 'ready' });
    } catch (error) {
      send({ kind: 'failed', error: details(error) });
    }
  } else if (message.kind === 'run') {
    const controller = new AbortController();
    signals.set(message.id, controller);
    const report = (content: unknown) => send({ kind: 'report', id: message.id, content });
    try {
      const output = await entry?.run(message.input, {
        jobId: message.id,
        signal: controller.signal,
        report,
      });
      send({ kind: 'ended', id: message.id, outcome: { kind: 'returned', output } });
    } catch (error) {
      send({ kind: 'ended', id: message.id, outcome: { kind: 'threw', error: details(error) } });
    }
    signals.delete(message.id);
  } else if (message.kind === 'abort') {
    const reason = message.softMs === undefined ? undefined : new TimeLimit('soft', message.softMs);
    signals.get(message.id)?.abort(reason);
  } else {
    await entry?.shutdown?.();
    process.exit(0);
  }
}

process.on('message', (message: ToChild) => void handle(message));

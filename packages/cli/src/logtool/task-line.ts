/** What a line of a log says of a task, in the words of Celery and of ours. */
export type TaskLine =
  | { readonly kind: 'received'; readonly id: string; readonly name: string }
  | {
      readonly kind: Ending;
      readonly id: string;
      /** Undefined where the line names the id alone. */
      readonly name: string | undefined;
      /** Seconds. */
      readonly runtime?: number;
    };

/** How a task's stay in a worker ended. One that is retried comes back, and is received again. */
export type Ending = 'succeeded' | 'failed' | 'retried' | 'ignored' | 'rejected' | 'revoked';

const TASK = /^Task (\S+)\[([^\]]+)\](?: (.*))?$/;

/** Lines about one task that are none of those that begin with 'Task'. */
const OTHERS: readonly (readonly [pattern: RegExp, kind: 'received' | Ending])[] = [
  [/^Received task: (\S+)\[([^\]]+)\]/, 'received'],
  [/^Discarding revoked task: (\S+)\[([^\]]+)\]/, 'revoked'],
  [/^Hard time limit \([^)]*\) exceeded for (\S+)\[([^\]]+)\]/, 'failed'],
];

/** Undefined for a line that is about no task, or says nothing of its way through the worker. */
export function readTaskLine(message: string): TaskLine | undefined {
  const [, name, id, rest = ''] = TASK.exec(message) ?? [];
  if (name !== undefined && id !== undefined) return ofTask(name, id, rest);
  for (const [pattern, kind] of OTHERS) {
    const [, other, otherId] = pattern.exec(message) ?? [];
    if (other !== undefined && otherId !== undefined) return { kind, name: other, id: otherId };
  }
  const terminated = /^Terminating (\S+) \(/.exec(message)?.[1];
  return terminated === undefined ? undefined : { kind: 'revoked', id: terminated, name: undefined };
}

function ofTask(name: string, id: string, rest: string): TaskLine | undefined {
  if (rest === 'received') return { kind: 'received', name, id };
  const runtime = /^succeeded in ([\d.]+(?:e-?\d+)?)s/.exec(rest)?.[1];
  if (runtime !== undefined) return { kind: 'succeeded', name, id, runtime: Number(runtime) };
  if (/^raised (?:un)?expected/.test(rest) || rest.startsWith('INTERNAL ERROR'))
    return { kind: 'failed', name, id };
  if (rest.startsWith('retry')) return { kind: 'retried', name, id };
  if (rest.startsWith('ignored')) return { kind: 'ignored', name, id };
  return rest.startsWith('rejected') ? { kind: 'rejected', name, id } : undefined;
}

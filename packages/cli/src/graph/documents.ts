import type { App } from '@lovage/app';
import { GroupResult } from '@lovage/app';
import type { ErrorInfo, ResultTuple, TaskMeta } from '@lovage/protocol';
import { readMeta, readResultTuple } from '@lovage/protocol';

/** Where documents come from. */
export interface Documents {
  /** What is kept of tasks, by id; nothing of those that are not known. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, TaskMeta>>;
  /** A group that was saved under its id. */
  group(id: string): Promise<ResultTuple | undefined>;
}

/** Ids that are asked for at once. */
const BATCH = 500;

/** Those in an app's result store. A document that cannot be read counts as none. */
export function documentsOf(app: App): Documents {
  return {
    async read(ids) {
      const results = await app.resultBackend();
      const metas = new Map<string, TaskMeta>();
      for (let at = 0; at < ids.length; at += BATCH) {
        for (const [id, { payload }] of await results.fetch(ids.slice(at, at + BATCH))) {
          const meta = readable(() => readMeta(payload));
          // In some stores a saved group is kept as a result: it is no task.
          if (meta && !isSavedGroup(meta)) metas.set(id, meta);
        }
      }
      return metas;
    },
    async group(id) {
      const tuple = (await GroupResult.restore(app, id))?.asTuple();
      return tuple?.[0][0] === id ? tuple : undefined;
    },
  };
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function isSavedGroup({ taskId, result }: TaskMeta): boolean {
  const tuple = Array.isArray(result) ? readResultTuple(result) : undefined;
  return tuple !== undefined && tuple[1] !== null && tuple[0][0] === taskId;
}

/** Result tuples of what a task sent, and of what followed it. */
export const childrenOf = (meta: TaskMeta | undefined): readonly ResultTuple[] =>
  (meta?.children ?? []).map(readResultTuple).filter((tuple) => tuple !== undefined);

/** Is a task among a task's children, outside of groups? */
export const isChild = (id: string, parent: TaskMeta | undefined): boolean =>
  childrenOf(parent).some(([[child], members]) => child === id && members === null);

/** The groups that a tuple tells of, those within and before it among them. */
export function groupsIn(tuple: ResultTuple): readonly ResultTuple[] {
  const [[, parent], members] = tuple;
  const parts: readonly ResultTuple[] = [...(parent ? [parent] : []), ...(members ?? [])];
  const inner = parts.flatMap<ResultTuple>(groupsIn);
  return members ? [tuple, ...inner] : inner;
}

/** The task that sent another, or that ended before it. Of a body that never ran, its error names the part that failed. */
export function parentOf({ parentId, status, result }: TaskMeta): string | undefined {
  if (parentId !== undefined || status !== 'FAILURE') return parentId;
  const { type, message } = result as ErrorInfo;
  const [text] = type === 'ChordError' ? message : [];
  return typeof text === 'string' ? /^Dependency (\S+) raised /.exec(text)?.[1] : undefined;
}

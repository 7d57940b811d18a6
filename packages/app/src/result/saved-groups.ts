import type { ResultTuple } from '@lovage/protocol';
import { json, readMeta, readResultTuple, writeMeta } from '@lovage/protocol';
import type { App } from '../app.ts';

/**
 * Keeps a group's tuple in the result store as long as results are kept: where Celery's clients look for it, or, in stores
 * that only we use, as a result under the group's id.
 */
export async function saveGroup(app: App, id: string, tuple: ResultTuple): Promise<void> {
  const results = await app.resultBackend();
  const { resultExpires } = app.conf;
  const ttlMs = resultExpires ? resultExpires * 1000 : undefined;
  if (results.groups) return results.groups.save(id, json.encode({ result: tuple }), ttlMs);
  const payload = writeMeta({ status: 'SUCCESS', result: tuple, taskId: id, dateDone: Date.now() });
  const ttl = ttlMs === undefined ? {} : { ttlMs };
  await results.store([{ taskId: id, state: 'SUCCESS', final: true, payload, ...ttl }]);
}

/** The tuple of a group that was saved; undefined when none was, or it has expired. */
export async function savedGroup(app: App, id: string): Promise<ResultTuple | undefined> {
  const results = await app.resultBackend();
  const tuple = readResultTuple(await (results.groups ? inGroups(results.groups, id) : inResults(app, id)));
  return tuple && tuple[1] !== null ? tuple : undefined;
}

export async function forgetGroup(app: App, id: string): Promise<void> {
  const results = await app.resultBackend();
  await (results.groups ? results.groups.forget(id) : results.forget([id]));
}

async function inGroups(
  groups: { fetch(id: string): Promise<Uint8Array | undefined> },
  id: string,
): Promise<unknown> {
  const payload = await groups.fetch(id);
  const saved = payload && json.decode(payload);
  return typeof saved === 'object' && saved !== null && 'result' in saved ? saved.result : undefined;
}

async function inResults(app: App, id: string): Promise<unknown> {
  const results = await app.resultBackend();
  const record = (await results.fetch([id])).get(id);
  return record && readMeta(record.payload).result;
}

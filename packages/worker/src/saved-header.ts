import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '@lovage/app';
import type { ChordPart, ResultBackend, ResultRecord } from '@lovage/contracts';
import type { ResultTuple } from '@lovage/protocol';
import { json, PROPAGATE_STATES, readResultTuple } from '@lovage/protocol';
import { endedPart } from './ended-part.ts';

const LOOK_AGAIN_MS = 20;

/**
 * The parts of a header in which groups stand among the tasks. Celery's client keeps the results of such a one as a group
 * of groups, under the chord's id, and its workers take the values from there: the count does not tell one group from
 * another, and is complete before all of them have ended (wire spec 5.5). Undefined for any other header.
 * @throws Error when not all have ended in time
 */
export async function savedHeader(
  app: App,
  results: ResultBackend,
  chordId: string,
): Promise<readonly ChordPart[] | undefined> {
  const payload = await results.groups?.fetch(chordId);
  const members = payload && membersIn(payload);
  if (!members?.some(isGroup)) return undefined;
  const records = await ended(results, members.flatMap(tasksOf), app.conf.resultChordJoinTimeout * 1000);
  return members.map((member, index) => ({ ...partOf(app, member, records), index }));
}

function membersIn(payload: Uint8Array): readonly ResultTuple[] | null | undefined {
  const saved = json.decode(payload);
  const tuple = typeof saved === 'object' && saved !== null && 'result' in saved ? saved.result : undefined;
  return readResultTuple(tuple)?.[1];
}

const isGroup = ([, members]: ResultTuple): boolean => members !== null;
const tasksOf = ([[id], members]: ResultTuple): readonly string[] => members?.flatMap(tasksOf) ?? [id];

async function ended(
  results: ResultBackend,
  ids: readonly string[],
  limitMs: number,
): Promise<ReadonlyMap<string, ResultRecord>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const records = await results.fetch(ids);
    if (ids.every((id) => records.get(id)?.final)) return records;
    if (Date.now() > deadline) {
      throw new Error(`Join error: not all of its header has ended after ${limitMs / 1000} s`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Of a group the list of its values; or the first of it that did not succeed. */
function partOf(
  app: App,
  [[taskId], members]: ResultTuple,
  records: ReadonlyMap<string, ResultRecord>,
): Omit<ChordPart, 'index'> {
  if (!members) return { taskId, ...endedPart(app, records.get(taskId)!.payload) };
  const parts = members.map((member) => partOf(app, member, records));
  const bad = parts.find(({ state }) => PROPAGATE_STATES.has(state));
  if (bad) return bad;
  const values = parts.map(({ payload }) => new TextDecoder().decode(payload));
  return { taskId, state: 'SUCCESS', payload: new TextEncoder().encode(`[${values.join(', ')}]`) };
}

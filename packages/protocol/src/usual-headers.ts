import { isRecord, setOwn } from './plain.ts';

type Headers = Readonly<Record<string, unknown>>;

/** Stands where a header repeats the task's id. */
const ITS_ID = Symbol('the id of the task');

/** What each of Celery's headers says in a plain call, in the order of the wire; null where each task has its own. */
const USUAL: Readonly<Record<string, unknown>> = {
  lang: 'js',
  task: null,
  id: ITS_ID,
  shadow: null,
  eta: null,
  expires: null,
  group: null,
  group_index: null,
  retries: 0,
  timelimit: [null, null],
  root_id: ITS_ID,
  parent_id: null,
  argsrepr: null,
  kwargsrepr: '{}',
  origin: null,
  ignore_result: false,
  replaced_task_nesting: 0,
  stamped_headers: null,
  stamps: {},
};

const USUAL_BY_NAME: ReadonlyMap<string, unknown> = new Map(Object.entries(USUAL));

/**
 * A task's headers without those that say the usual, a third of their size: for stores of our own, whose messages
 * nobody else reads. `fullHeaders` brings the rest back.
 * @returns undefined for headers that lack one of Celery's: what is left out must be known to have been there
 */
export function ownHeaders(headers: Headers, id: string): Record<string, unknown> | undefined {
  const own: Record<string, unknown> = {};
  let known = 0;
  for (const name in headers) {
    const value = headers[name];
    const usual = USUAL_BY_NAME.get(name);
    if (usual !== undefined && value !== undefined) known += 1;
    if (!isUsual(usual, value, id)) setOwn(own, name, value);
  }
  return known === USUAL_BY_NAME.size ? own : undefined;
}

/** The headers of the task `id` of which `ownHeaders` left these. */
export function fullHeaders(own: Headers, id: string): Record<string, unknown> {
  const headers: Record<string, unknown> = { ...USUAL, id, timelimit: [null, null], root_id: id, stamps: {} };
  for (const name in own) setOwn(headers, name, own[name]);
  return headers;
}

function isUsual(usual: unknown, value: unknown, id: string): boolean {
  if (typeof usual !== 'object' || usual === null) return value === (usual === ITS_ID ? id : usual);
  if (Array.isArray(usual))
    return Array.isArray(value) && value.length === 2 && value[0] === null && value[1] === null;
  return isRecord(value) && Object.keys(value).length === 0;
}

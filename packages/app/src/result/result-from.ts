import type { ResultTuple } from '@lovage/protocol';
import type { App } from '../app.ts';
import { AsyncResult } from './async-result.ts';
import { GroupResult } from './group-result.ts';

/** The result that a tuple stands for, with all that ran before it. */
export function resultFrom(app: App, [[id, before], members]: ResultTuple): AsyncResult | GroupResult {
  const parent = before === null ? undefined : resultFrom(app, before);
  if (members === null) return new AsyncResult(app, id, { parent });
  return new GroupResult(
    app,
    id,
    members.map((member) => resultFrom(app, member)),
    parent,
  );
}

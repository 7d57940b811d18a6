import { callOptionProblems } from '@lovage/app';
import type { EntryOptions } from './entry.ts';
import { inCamelCase, isPlainObject } from './plain.ts';

/** Options of one call that no run after it could share, and what to do instead. */
const FOR_ONE_CALL: Readonly<Record<string, string>> = {
  args: 'give args beside options',
  kwargs: 'give kwargs beside options',
  eta: 'the schedule says when; options.countdown delays each run',
  taskId: 'each run has an id of its own',
  tx: 'beat has transactions of its own',
  rootId: 'each run is the root of what follows it',
  parentId: 'nobody calls a run',
  replyTo: 'nobody waits for a run',
  correlationId: 'each run has an id of its own',
};

/** Celery's dict of options, in either language's case; `problems` hears of what is wrong. */
export function readOptions(given: unknown, problems: string[]): EntryOptions {
  if (given === undefined || given === null) return {};
  if (!isPlainObject(given)) {
    problems.push("options must be an object such as { queue: 'reports' }");
    return {};
  }
  const options = inCamelCase(given, 'options', problems);
  const shared: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (Object.hasOwn(FOR_ONE_CALL, name))
      problems.push(`options.${name} is for one call: ${FOR_ONE_CALL[name]}`);
    else if (name === 'expires' && typeof value !== 'number')
      problems.push(
        'options.expires must be a number of seconds after each sending; expires beside options is a moment',
      );
    else shared[name] = value;
  }
  problems.push(...callOptionProblems(shared).map((problem) => `options: ${problem}`));
  return shared;
}

const TYPE = /^[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*$/;
const MAX_LENGTH = 128;

/** Throws for what is no event type: names of letters, digits and `_`, joined by full stops, as Standard Webhooks has it. */
export function checkEventType(type: string): void {
  if (typeof type !== 'string' || type.length > MAX_LENGTH || !TYPE.test(type)) {
    throw new TypeError(
      `${JSON.stringify(type)} is no event type: say one such as 'file.uploaded', ${MAX_LENGTH} characters at most`,
    );
  }
}

/** Throws for a filter that is neither an event type, nor one such as `file.*`, nor `*`. */
export function checkEventFilter(filter: string): void {
  if (filter === '*') return;
  if (typeof filter === 'string' && TYPE.test(filter.replace(/\.\*$/, '')) && filter.length <= MAX_LENGTH)
    return;
  throw new TypeError(
    `${JSON.stringify(filter)} is no filter of events: say a type ('file.uploaded'), all below a name ('file.*'), or '*'`,
  );
}

/** Whether one of the filters takes the type. `file.*` takes `file.uploaded` and `file.scan.failed`, not `file`. */
export function wantsEvent(filters: readonly string[], type: string): boolean {
  return filters.some(
    (filter) =>
      filter === '*' || filter === type || (filter.endsWith('.*') && type.startsWith(filter.slice(0, -1))),
  );
}

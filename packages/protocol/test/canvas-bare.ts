/** What of a captured workflow may differ from ours, taken out of it. */

/**
 * What may differ: copies of a chord's body in a header that is not sent yet, which make Celery's messages double with
 * each chord; the header's id in what follows it, and a chain's own id (5.6); `add_to_parent`; options that are null.
 */
export function bare(value: unknown, waiting = false): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item, waiting));
  if (typeof value !== 'object' || value === null) return value;
  const { options, ...rest } = value as Record<string, unknown>;
  const members = Object.entries(rest).map(([key, member]) => [
    key,
    bare(member, key === 'header' || (waiting && key !== 'body')),
  ]);
  return {
    ...Object.fromEntries(members),
    ...(options ? { options: bareOptions(rest, options as Options, waiting) } : {}),
  };
}

type Options = Readonly<Record<string, unknown>>;

function bareOptions(signature: Options, options: Options, waiting: boolean): unknown {
  if (signature['subtask_type'] === 'chain') return {};
  const { chord, group_id: gid, add_to_parent: _, ...rest } = options;
  const placed = chord && !waiting ? { chord: bare(chord), group_id: gid } : {};
  const said = Object.entries({ ...rest, ...placed }).filter(([, value]) => value !== null);
  return Object.fromEntries(said.map(([key, member]) => [key, bare(member, waiting)]));
}

export const UUID = /^[0-9a-f]{8}-/;

/** The value with each id named by the order in which it is met. */
export function renamed(value: unknown, names = new Map<string, string>()): unknown {
  if (typeof value === 'string' && UUID.test(value)) {
    if (!names.has(value)) names.set(value, `id ${names.size}`);
    return names.get(value);
  }
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, renamed(member, names)]));
}

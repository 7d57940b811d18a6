/** A workflow run to its end by the rules of the wire alone: what a client and workers send, in memory. */
import {
  appliedCallbacks,
  appliedErrbacks,
  type Expansion,
  expand,
  expandRest,
  readSignature,
  type SignatureDict,
} from '@lovage/protocol';

/** A message that was sent, in the form in which a capture's are compared with it. */
export interface Sent {
  readonly task: string;
  readonly id: string;
  readonly args: readonly unknown[];
  readonly kwargs: SignatureDict['kwargs'];
  readonly parent: string | null;
  readonly root: string;
  /** Its place in a header. */
  readonly index: number | null;
  readonly embed: Readonly<Record<'callbacks' | 'errbacks' | 'chain' | 'chord', unknown>>;
}

/** What each task gives; one that throws fails. */
export type Tasks = Readonly<Record<string, (...args: never[]) => unknown>>;

export function runAll(flow: SignatureDict, tasks: Tasks): readonly Sent[] {
  const sent: Sent[] = [];
  const sizes = new Map<string, number>();
  const headers = new Map<string, Map<number, unknown>>();
  const waiting: SignatureDict[] = [];
  const freezing = { newId: () => crypto.randomUUID(), replyTo: crypto.randomUUID() };

  const send = ({ calls, chords }: Expansion) => {
    for (const { id, members } of chords) sizes.set(id, members.length);
    waiting.push(...calls);
  };
  send(expand(flow, freezing));
  for (let call = waiting.shift(); call; call = waiting.shift()) run(call);
  return sent;

  function run({ task, args, kwargs, options }: SignatureDict): void {
    const id = String(options['task_id']);
    const rootId = String(options['root_id'] ?? id);
    const apply = { ...freezing, parentId: id, rootId };
    sent.push({
      ...{ task, id, args, kwargs, root: rootId },
      parent: typeof options['parent_id'] === 'string' ? options['parent_id'] : null,
      index: options['chord'] ? Number(options['group_index']) : null,
      embed: {
        callbacks: options['link'] ?? null,
        errbacks: options['link_error'] ?? null,
        chain: options['chain'] ?? null,
        chord: options['chord'] ?? null,
      },
    });
    let value: unknown;
    try {
      value = tasks[task]!(
        ...(args as never[]),
        ...(Object.keys(kwargs).length > 0 ? [kwargs as never] : []),
      );
    } catch {
      const errbacks = signatures(options['link_error']);
      if (errbacks.length > 0) send(expand(appliedErrbacks(errbacks), { ...apply, args: [id] }));
      return;
    }
    for (const callback of appliedCallbacks(signatures(options['link']))) {
      send(expand(callback, { ...apply, args: [value] }));
    }
    const rest = signatures(options['chain']);
    if (rest.length > 0) send(expandRest(rest, { ...apply, args: [value] }));
    if (options['chord']) arrive(options, value, apply);
  }

  function arrive(
    options: SignatureDict['options'],
    value: unknown,
    apply: Parameters<typeof expand>[1],
  ): void {
    const group = String(options['group_id']);
    const parts = headers.get(group) ?? new Map<number, unknown>();
    headers.set(group, parts.set(Number(options['group_index']), value));
    if (parts.size < sizes.get(group)!) return;
    const values = [...parts].sort(([a], [b]) => a - b).map(([, each]) => each);
    send(expand(readSignature(options['chord'], 'chord'), { ...apply, args: [values] }));
  }
}

const signatures = (value: unknown): readonly SignatureDict[] =>
  ((value ?? []) as readonly unknown[]).map((each) => readSignature(each, 'a list'));

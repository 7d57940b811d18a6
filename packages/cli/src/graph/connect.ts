import type { ResultTuple } from '@lovage/protocol';
import { childrenOf, isChild, parentOf } from './documents.ts';
import type { Gathered } from './gather.ts';

export interface TaskEdge {
  readonly from: string;
  readonly to: string;
  /** `member`: from a group to what is in it. `body`: from a part of a chord's header to its body. */
  readonly kind: 'child' | 'member' | 'body';
}

/** What came of what, among all that is drawn. */
export function connect(gathered: Gathered): readonly TaskEdge[] {
  return new Connecting(gathered).edges();
}

class Connecting {
  readonly #gathered: Gathered;
  /** What leads to each task or group. */
  readonly #to = new Map<string, Map<string, TaskEdge>>();
  /** The group that a task is in, by what any document says. */
  readonly #groupOf = new Map<string, string>();

  constructor(gathered: Gathered) {
    this.#gathered = gathered;
    const { metas, groups } = gathered;
    for (const [id, { groupId }] of metas) if (groupId !== undefined) this.#groupOf.set(id, groupId);
    for (const [id, meta] of metas) {
      for (const tuple of childrenOf(meta)) this.#place(tuple, id, 'child');
    }
    for (const { tuple } of groups.values()) if (tuple) this.#placeMembers(tuple);
    // What parents tell is exact; what is left is told by the tasks themselves.
    const placed = new Set(this.#to.keys());
    for (const id of metas.keys()) this.#connect(id, placed.has(id));
  }

  edges(): readonly TaskEdge[] {
    return [...this.#to.values()].flatMap((edges) => [...edges.values()]);
  }

  #connect(id: string, placed: boolean): void {
    const { metas, drawn } = this.#gathered;
    const group = this.#groupOf.get(id);
    if (group !== undefined && !placed) this.#add(group, id, 'member');
    const parent = parentOf(metas.get(id)!);
    if (parent === undefined || this.#to.get(id)?.has(parent)) return;
    const header = this.#groupOf.get(parent);
    if (header !== undefined && header !== group && !isChild(id, metas.get(parent))) {
      this.#putAfter(header, id);
    } else if (group !== undefined && group !== header && drawn.has(group)) {
      if (!this.#to.has(group)) this.#add(parent, group, 'child');
    } else if (!placed) this.#add(parent, id, 'child');
  }

  /** A result and what it holds, where a document names it. */
  #place(tuple: ResultTuple, from: string, kind: TaskEdge['kind']): void {
    const [[id, before], members] = tuple;
    if (before && this.#gathered.drawn.has(before[0][0])) {
      this.#place(before, from, kind);
      if (before[1]) for (const [[member]] of before[1]) this.#add(member, id, 'body');
      else this.#add(before[0][0], id, 'child');
    } else this.#add(from, id, kind);
    if (members) this.#placeMembers(tuple);
  }

  #placeMembers([[id], members]: ResultTuple): void {
    for (const member of members ?? []) {
      this.#groupOf.set(member[0][0], id);
      this.#place(member, id, 'member');
    }
  }

  /** The body of a chord: it came of all the parts of the header, and not of the task that sent the chord. */
  #putAfter(header: string, body: string): void {
    const senders = this.#to.get(header);
    const before = this.#to.get(body);
    for (const [from, { kind }] of before ?? []) {
      if (kind === 'child' && senders?.has(from)) before!.delete(from);
    }
    for (const [member, group] of this.#groupOf) if (group === header) this.#add(member, body, 'body');
  }

  #add(from: string, to: string, kind: TaskEdge['kind']): void {
    const { drawn } = this.#gathered;
    if (from === to || !drawn.has(from) || !drawn.has(to)) return;
    const edges = this.#to.get(to) ?? new Map<string, TaskEdge>();
    if (!edges.has(from)) edges.set(from, { from, to, kind });
    this.#to.set(to, edges);
  }
}

import type { ResultTuple, TaskMeta } from '@lovage/protocol';
import type { Documents } from './documents.ts';
import { childrenOf, groupsIn, isChild, parentOf } from './documents.ts';

export interface Bounds {
  /** How many steps away from the task that was asked for. */
  readonly depth: number;
  /** How many tasks and groups. */
  readonly limit: number;
}

/** Everything that was found: which tasks and groups are drawn, and what is known of them. */
export interface Gathered {
  readonly start: string;
  readonly drawn: ReadonlySet<string>;
  readonly metas: ReadonlyMap<string, TaskMeta>;
  readonly groups: ReadonlyMap<string, KnownGroup>;
  /** Ids that are known and not drawn, by the task or group that they would be drawn at. */
  readonly leftOut: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface KnownGroup {
  /** As a parent's document or a saved group has it; undefined where only a member told of it. */
  readonly tuple: ResultTuple | undefined;
}

/** A task whose document is to be read: for what came before it, for what came of it. */
interface Wanted {
  readonly id: string;
  readonly before: boolean;
  readonly after: boolean;
  /** The task that this one is the parent of, on the way up. */
  readonly childId?: string;
}

/** Reads, step by step away from one id, what came before and what came of it. Undefined for an id that nothing is kept of. */
export async function gather(
  documents: Documents,
  start: string,
  bounds: Bounds,
): Promise<Gathered | undefined> {
  const gathering = new Gathering(documents, start, bounds);
  return (await gathering.run()) ? gathering : undefined;
}

class Gathering implements Gathered {
  readonly start: string;
  readonly drawn = new Set<string>();
  readonly metas = new Map<string, TaskMeta>();
  readonly groups = new Map<string, KnownGroup>();
  readonly leftOut = new Map<string, Set<string>>();
  readonly #documents: Documents;
  readonly #bounds: Bounds;
  /** Groups that are headers of chords whose bodies lie before: all their members came before too. */
  readonly #headers = new Set<string>();
  #next: Wanted[] = [];
  #distance = 0;

  constructor(documents: Documents, start: string, bounds: Bounds) {
    this.#documents = documents;
    this.start = start;
    this.#bounds = bounds;
  }

  async run(): Promise<boolean> {
    this.drawn.add(this.start);
    await this.#read([{ id: this.start, before: true, after: true }]);
    if (!this.metas.has(this.start)) {
      const saved = await this.#documents.group(this.start);
      if (!saved) return false;
      this.#after(saved, this.start);
    }
    while (this.#next.length > 0) {
      const wave = this.#next;
      this.#next = [];
      this.#distance += 1;
      await this.#read(wave);
    }
    for (const [at, ids] of this.leftOut) {
      for (const id of ids) if (this.drawn.has(id)) ids.delete(id);
      if (ids.size === 0) this.leftOut.delete(at);
    }
    return true;
  }

  async #read(wave: readonly Wanted[]): Promise<void> {
    const metas = await this.#documents.read(wave.map(({ id }) => id));
    for (const [id, meta] of metas) this.metas.set(id, meta);
    for (const wanted of wave) {
      const meta = metas.get(wanted.id);
      if (!meta) continue;
      if (wanted.before) await this.#before(meta, wanted);
      if (wanted.after) for (const tuple of childrenOf(meta)) this.#after(tuple, wanted.id);
    }
  }

  /** Its parent, its group, and of a body the rest of the header. */
  async #before(meta: TaskMeta, { id, childId }: Wanted): Promise<void> {
    const parent = parentOf(meta);
    if (parent !== undefined) this.#want({ id: parent, before: true, after: false, childId: id }, id);
    const { groupId } = meta;
    if (groupId !== undefined) {
      const header = childId !== undefined && !isChild(childId, meta) && groupId !== this.#groupOf(childId);
      if (header) this.#headers.add(groupId);
      this.#addGroup(groupId, header ? await this.#documents.group(groupId) : undefined, id);
    }
    for (const tuple of childrenOf(meta)) {
      for (const group of groupsIn(tuple)) {
        if (this.groups.has(group[0][0])) this.#addGroup(group[0][0], group, id);
      }
    }
  }

  #groupOf(id: string): string | undefined {
    return this.metas.get(id)?.groupId;
  }

  /** A child, what ran before it where the document tells, and the members of a group. */
  #after([[id, parent], members]: ResultTuple, at: string): void {
    if (parent) this.#after(parent, at);
    if (!members) {
      this.#want({ id, before: false, after: true }, at);
      return;
    }
    const there = this.#addGroup(id, [[id, parent], members], at) ? id : at;
    for (const member of members) this.#after(member, there);
  }

  #addGroup(id: string, tuple: ResultTuple | undefined, at: string): boolean {
    if (!this.drawn.has(id) && !this.#hasRoom(id, at)) return false;
    this.drawn.add(id);
    const known = tuple ?? this.groups.get(id)?.tuple;
    this.groups.set(id, { tuple: known });
    if (this.#headers.has(id)) {
      for (const [[member]] of known?.[1] ?? []) this.#want({ id: member, before: false, after: false }, id);
    }
    return true;
  }

  #want(wanted: Wanted, at: string): void {
    const { id } = wanted;
    if (this.drawn.has(id)) return;
    if (this.#distance >= this.#bounds.depth) this.#leave(id, at);
    else if (this.#hasRoom(id, at)) {
      this.drawn.add(id);
      this.#next.push(wanted);
    }
  }

  #hasRoom(id: string, at: string): boolean {
    if (this.drawn.size < this.#bounds.limit) return true;
    this.#leave(id, at);
    return false;
  }

  #leave(id: string, at: string): void {
    const ids = this.leftOut.get(at) ?? new Set();
    this.leftOut.set(at, ids.add(id));
  }
}

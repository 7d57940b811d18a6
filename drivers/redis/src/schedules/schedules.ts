import {
  type ClaimOptions,
  DriverError,
  type KeptMessage,
  PUT_TOGETHER,
  type RunClaim,
  type ScheduleChange,
  type ScheduleStore,
  type ScheduleTraits,
  type StoredSchedule,
} from '@lovage/contracts';
import { inBatches } from '@lovage/contracts/kit';
import type { Layout } from '../broker/layout.ts';
import type { Connection } from '../connection/connection.ts';
import { claimBatches } from './claim-arguments.ts';
import { changeArguments, type KeptEntry, readEntry, readKept } from './entry.ts';
import { CLAIM, PUT, REMOVE } from './lua.ts';

const TRAITS: ScheduleTraits = { publishes: true, form: 'opaque' };
const REPEATABLE = { repeatable: true } as const;

/** Schedules in one hash, a counter that moves with their definitions, and a stream of messages that are kept. */
export class RedisSchedules implements ScheduleStore {
  readonly traits = TRAITS;
  readonly #connection: Connection;
  readonly #layout: Layout;
  readonly #entries: string;
  readonly #revision: string;
  readonly #fence: string;
  readonly #outbox: string;
  readonly #onClose: () => void;
  #closed = false;

  constructor(connection: Connection, layout: Layout, onClose: () => void) {
    this.#connection = connection;
    this.#layout = layout;
    const key = (name: string) => `${layout.prefix}lovage:schedules:${name}`;
    this.#entries = key('entries');
    this.#revision = key('revision');
    this.#fence = key('fence');
    this.#outbox = key('outbox');
    this.#onClose = onClose;
  }

  async list(): Promise<readonly StoredSchedule[]> {
    this.#refuseAfterClose();
    const texts = (await this.#connection.send(['HVALS', this.#entries], REPEATABLE)) as readonly string[];
    return texts.map((text) => readEntry(text, this.#entries)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async get(name: string): Promise<StoredSchedule | undefined> {
    this.#refuseAfterClose();
    const text = (await this.#connection.send(['HGET', this.#entries, name], REPEATABLE)) as string | null;
    return text === null ? undefined : readEntry(text, this.#entries);
  }

  /** Sent again where its answer is lost, unless it names a version: that would not find itself. */
  async put(changes: readonly ScheduleChange[]): Promise<readonly boolean[]> {
    this.#refuseAfterClose();
    const keys = [this.#entries, this.#revision];
    return inBatches(changes, PUT_TOGETHER, async (some) => {
      const repeatable = some.every(({ replaces }) => replaces === undefined);
      const args = some.flatMap(changeArguments);
      return yesOrNo(await PUT.run(this.#connection, keys, args, { repeatable }));
    });
  }

  async remove(names: readonly string[]): Promise<readonly boolean[]> {
    this.#refuseAfterClose();
    const keys = [this.#entries, this.#revision];
    return inBatches(names, PUT_TOGETHER, async (some) =>
      yesOrNo(await REMOVE.run(this.#connection, keys, some)),
    );
  }

  async claimRuns(claims: readonly RunClaim[], options: ClaimOptions): Promise<readonly boolean[]> {
    this.#refuseAfterClose();
    const answers: boolean[] = [];
    const keys = [this.#entries, this.#revision, this.#fence];
    // All are encoded before the first is sent: one that cannot be keeps its call from being made in part.
    for (const { count, args } of claimBatches(claims, options, this.#layout, this.#outbox)) {
      const won = yesOrNo(await CLAIM.run(this.#connection, keys, args));
      answers.push(...(won.length === count ? won : new Array<boolean>(count).fill(false)));
    }
    return answers;
  }

  async kept(limit: number): Promise<readonly KeptMessage[]> {
    this.#refuseAfterClose();
    if (limit <= 0) return [];
    const command = ['XRANGE', this.#outbox, '-', '+', 'COUNT', String(limit)];
    const found = await this.#connection.send(command, { ...REPEATABLE, buffers: true });
    return (found as unknown as readonly KeptEntry[]).map((entry) => readKept(entry, this.#outbox));
  }

  async forget(ids: readonly string[]): Promise<void> {
    this.#refuseAfterClose();
    const numbers = ids.filter((id) => /^\d+-\d+$/.test(id));
    if (numbers.length > 0) await this.#connection.send(['XDEL', this.#outbox, ...numbers], REPEATABLE);
  }

  async revision(): Promise<string> {
    this.#refuseAfterClose();
    return String((await this.#connection.send(['GET', this.#revision], REPEATABLE)) ?? '0');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this schedule store has been closed');
  }
}

const yesOrNo = (reply: unknown): boolean[] => (reply as readonly number[]).map((each) => each === 1);

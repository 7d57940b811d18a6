import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Logger } from '@lovage/app';
import type { Driver, Revocation, RevocationStore } from '@lovage/contracts';
import { driver as memory } from '@lovage/memory';
import { LamportClock } from '@lovage/protocol';
import { RevokedKeeper, type RevokedKeeperParts } from '../src/revoked/index.ts';
import { StateDb } from '../src/state-db.ts';

export const HOUR_MS = 3_600_000;

export const ofId = (taskId: string, untilMs = Date.now() + HOUR_MS): Revocation => ({
  ...{ kind: 'id', taskId, untilMs },
});

/** A store in memory, keepers on it, and what they say to it and to people. */
export class KeeperScene {
  /** What another process would see. */
  readonly store: RevocationStore;
  /** `since` and `add <ids>`, of all keepers. */
  readonly calls: string[] = [];
  /** Warnings and errors. */
  readonly alarms: string[] = [];
  readonly news: string[] = [];
  /** What the store of the keepers throws, while it is set. */
  trouble: Error | undefined;
  readonly statePath: string;
  /** How often a state file was written. */
  writes = 0;
  readonly #url = `memory://keeper-${crypto.randomUUID()}`;
  readonly #drivers: Driver[] = [];
  readonly #keepers: RevokedKeeper[] = [];

  constructor(t: TestContext) {
    this.store = this.#open();
    const folder = mkdtempSync(join(tmpdir(), 'lovage-keeper-'));
    this.statePath = join(folder, 'w1.state');
    t.after(async () => {
      await Promise.all(this.#keepers.map((keeper) => keeper.stop()));
      await Promise.all(this.#drivers.map((driver) => driver.close()));
      rmSync(folder, { recursive: true });
    });
  }

  keeper(parts: Partial<RevokedKeeperParts> = {}): RevokedKeeper {
    const keeper = new RevokedKeeper({
      store: this.#told(this.#open()),
      stateDb: undefined,
      clock: new LamportClock(),
      limits: { max: 50_000, keepMs: HOUR_MS },
      log: this.#logger(),
      everyMs: 20,
      ...parts,
    });
    this.#keepers.push(keeper);
    return keeper;
  }

  async started(parts: Partial<RevokedKeeperParts> = {}): Promise<RevokedKeeper> {
    const keeper = this.keeper(parts);
    await keeper.start();
    return keeper;
  }

  stateDb(): StateDb {
    const counted = () => {
      this.writes += 1;
    };
    return new (class extends StateDb {
      override async write(state: Parameters<StateDb['write']>[0]): Promise<void> {
        counted();
        await super.write(state);
      }
    })(this.statePath);
  }

  async stored(): Promise<readonly string[]> {
    const { revocations } = await this.store.since();
    return revocations.map((each) => (each.kind === 'id' ? each.taskId : `${each.header}=${each.value}`));
  }

  #open(): RevocationStore {
    const driver = memory.create(this.#url, {});
    this.#drivers.push(driver);
    return driver.revocations!();
  }

  #told(store: RevocationStore): RevocationStore {
    const called = (call: string) => {
      this.calls.push(call);
      if (this.trouble) throw this.trouble;
    };
    return {
      async since(cursor) {
        called('since');
        return store.since(cursor);
      },
      async add(revocations) {
        called(`add ${revocations.map((each) => (each.kind === 'id' ? each.taskId : each.header))}`);
        await store.add(revocations);
      },
      close: () => store.close(),
    };
  }

  #logger(): Logger {
    const alarm = (message: string) => void this.alarms.push(message);
    const logger: Logger = {
      debug() {},
      info: (message) => void this.news.push(message),
      warn: alarm,
      error: alarm,
      child: () => logger,
      enabled: () => true,
    };
    return logger;
  }
}

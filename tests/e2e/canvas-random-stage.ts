import { setTimeout as sleep } from 'node:timers/promises';
import { chord, Lovage, type TaskSelf } from 'lovage';
import { build, defineLeaves, HELD_QUEUE } from './canvas-random-tasks.ts';
import type { Kind, Leaf, Plan } from './canvas-random-tree.ts';
import { leavesOf } from './canvas-random-tree.ts';
import type { StoreUrls } from './prefork-stage.ts';
import { depthOf } from './rabbitmq.ts';
import { type LovageWorker, until } from './stage.ts';

/** How a workflow ended: with its body, or with its errback. */
export interface End {
  readonly what: 'body' | 'errback';
  /** What the body was given. */
  readonly values?: unknown;
  /** How long after the last part had ended. */
  readonly lagMs: number;
}

/** All that came of one workflow. */
export interface Outcome {
  readonly ends: readonly End[];
  /** States of its leaves, by label; undefined where nothing is kept. */
  readonly states: ReadonlyMap<number, string | undefined>;
}

/** With nothing to do for this long, a workflow that has not ended never will. */
const LOST_AFTER_MS = 3000;
const NEVER_MS = 60_000;
/** A leaf that is to be terminated gives up by itself, so that a failing test ends. */
const HANG_MS = 20_000;
/** Of control requests, in seconds; the one worker there is answers at once. */
const ANSWERED = { reply: true, limit: 1, timeout: 10 } as const;

/** An app whose tasks are leaves, and one worker; runs one workflow after the other. */
export class RandomStage {
  readonly app: Lovage;
  /** Of every task that ran. */
  readonly taskIds = new Set<string>();
  #worker: LovageWorker | undefined;
  #ends: End[] = [];
  /** When something ended last that was no body and no errback. */
  #lastEndMs = 0;
  #running = 0;
  #begun = 0;
  #onBegun: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(urls: StoreUrls, settings: { readonly resultExpires?: number } = {}) {
    const { broker, results } = typeof urls === 'string' ? { broker: urls, results: urls } : urls;
    this.app = new Lovage('random', {
      brokerUrl: broker,
      resultBackend: results,
      taskAcksLate: true,
      lovageLogLevel: 'silent',
      ...settings,
    });
    defineLeaves(this.app, (self, told) => this.#leafBegins(self, told.kind));
    this.app.task('random.done', (values: unknown) => {
      this.#ends.push({ what: 'body', values, lagMs: Date.now() - this.#lastEndMs });
    });
    this.app.task('random.failed', () => {
      this.#ends.push({ what: 'errback', lagMs: Date.now() - this.#lastEndMs });
    });
    this.#watchParts();
  }

  async start(): Promise<void> {
    this.#worker = await this.app.worker({ concurrency: 8 });
  }

  async close(): Promise<void> {
    await this.#worker?.stop('warm');
    await this.app.close();
  }

  /** Sends the workflow with a body and an errback behind it, does to it what the plan says, and waits until all is over. */
  async run({ tree, revokeAfter }: Plan): Promise<Outcome> {
    const { app } = this;
    const leaves = leavesOf(tree);
    const ids = new Map(leaves.map(({ label }) => [label, crypto.randomUUID() as string]));
    const id = ({ label }: Pick<Leaf, 'label'>) => ids.get(label)!;
    const idsOf = (kind: Kind) => leaves.filter((leaf) => leaf.kind === kind).map(id);
    const before = idsOf('revokedBefore');
    const waiting = idsOf('revokedWaiting');
    const raced = idsOf('raced');
    this.#ends = [];
    this.#begun = 0;

    if (before.length > 0) await app.control.revoke(before, ANSWERED);
    const racing =
      raced.length > 0 ? this.#afterBegun(revokeAfter).then(() => app.control.revoke(raced)) : undefined;
    const body = app.signature('random.done').linkError(app.signature('random.failed'));
    const last: Leaf = { kind: 'ok', early: false, label: -1 };
    await chord([build(app, tree, id), build(app, last, () => crypto.randomUUID())], body).delay();
    if (waiting.length > 0) {
      await app.control.revoke(waiting, ANSWERED);
      await app.control.addConsumer(HELD_QUEUE, ANSWERED);
    }
    await this.#ended();
    this.#onBegun?.resolve();
    await racing;
    await this.quiet();
    if (waiting.length > 0) await app.control.cancelConsumer(HELD_QUEUE, ANSWERED);
    return { ends: this.#ends, states: await this.#states(ids) };
  }

  /** Resolves when the store holds no message and nothing runs. */
  async quiet(): Promise<void> {
    let looks = 0;
    await until(
      async () => {
        looks = (await this.#idle()) ? looks + 1 : 0;
        // What is acknowledged early is nowhere for a moment, between its run and what follows.
        return looks > 2;
      },
      'all messages are done with',
      NEVER_MS,
    );
  }

  async #ended(): Promise<void> {
    let idleSinceMs = Date.now();
    while (this.#ends.length === 0) {
      if (!(await this.#idle())) idleSinceMs = Date.now();
      else if (Date.now() - idleSinceMs > LOST_AFTER_MS) return;
      await sleep(5);
    }
  }

  async #idle(): Promise<boolean> {
    const depths = [await depthOf(this.app), await depthOf(this.app, HELD_QUEUE)];
    return this.#running === 0 && depths.every((of) => of.ready + of.delayed + of.claimed === 0);
  }

  async #states(ids: ReadonlyMap<number, string>): Promise<Outcome['states']> {
    const { results } = await this.app.drivers();
    const records = await results!.fetch([...ids.values()]);
    return new Map([...ids].map(([label, id]) => [label, records.get(id)?.state]));
  }

  async #leafBegins(self: TaskSelf, kind: Kind): Promise<void> {
    if (kind !== 'terminated') return;
    await this.app.control.terminate(self.request.id);
    await sleep(HANG_MS, undefined, { signal: self.signal, ref: false });
  }

  #afterBegun(count: number): Promise<void> {
    if (count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onBegun = { count, resolve };
    });
  }

  #watchParts(): void {
    const { taskPrerun, taskPostrun, taskRevoked, taskUnknown } = this.app.signals;
    const partEnded = (): void => {
      this.#lastEndMs = Date.now();
    };
    const isEnd = (name: string): boolean => name === 'random.done' || name === 'random.failed';
    taskPrerun.connect(({ taskId }) => {
      this.taskIds.add(taskId);
      this.#running += 1;
      this.#begun += 1;
      if (this.#begun === this.#onBegun?.count) this.#onBegun.resolve();
    });
    taskPostrun.connect((_, name) => {
      this.#running -= 1;
      if (!isEnd(name ?? '')) partEnded();
    });
    taskRevoked.connect(partEnded);
    taskUnknown.connect(partEnded);
  }
}

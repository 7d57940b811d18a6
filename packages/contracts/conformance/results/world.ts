import type { ResultBackend, ResultRecord } from '../../src/index.ts';
import type { ExamCase, ExamWorld } from '../exam.ts';
import { record } from '../records.ts';
import { eventually } from '../waiting.ts';

/** One store, empty and private to a case. */
export interface ResultWorld extends ExamWorld {
  /** A backend of its own: what another process would see. `dispose` closes it. */
  connect(): Promise<ResultBackend>;
}

/** The two sides of a store. */
export interface Desk {
  /** Stores. */
  readonly worker: ResultBackend;
  /** Sent the task; fetches and watches. */
  readonly caller: ResultBackend;
  /** A task id of its own, as an application would have. */
  readonly id: string;
  /** A record that finds its way to `caller`, whatever the store. */
  record(taskId: string, state: string, result?: unknown, ttlMs?: number): ResultRecord;
  /** Wait until the caller can fetch this state: results may have to travel. */
  arrived(taskId: string, state: string): Promise<ResultRecord>;
}

/** A case that works at a desk. */
export function resultCase(
  name: string,
  body: (desk: Desk, world: ResultWorld) => Promise<void>,
): ExamCase<ResultWorld> {
  return {
    name,
    async run(world) {
      const [worker, caller] = [await world.connect(), await world.connect()];
      const address = caller.replyTo === undefined ? {} : { replyTo: caller.replyTo };
      const desk: Desk = {
        worker,
        caller,
        id: crypto.randomUUID(),
        record: (taskId, state, result, ttlMs) =>
          record(taskId, state, result, { ...address, ...(ttlMs === undefined ? {} : { ttlMs }) }),
        async arrived(taskId, state) {
          let found: ResultRecord | undefined;
          await eventually(async () => {
            found = (await caller.fetch([taskId])).get(taskId);
            return found?.state === state;
          }, `${state} of a task can be fetched`);
          return found!;
        },
      };
      await body(desk, world);
    },
  };
}

export function ids(n: number): string[] {
  return Array.from({ length: n }, () => crypto.randomUUID());
}

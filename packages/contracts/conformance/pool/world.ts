import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Pool, PoolJob, PoolOutcome } from '../../src/index.ts';
import type { ExamCase, ExamWorld } from '../exam.ts';
import { eventually } from '../waiting.ts';
import type { ExamData, Order } from './orders.ts';

/** Makes pools, and closes them in the end. */
export interface PoolWorld extends ExamWorld {
  /** A pool that is not open yet. `dispose` closes it without grace. */
  make(options: PoolOptions): Promise<Pool>;
}

export interface PoolOptions {
  readonly size: number;
  /** URL of the entry module. A pool that takes the module itself imports it, anew for each pool. */
  readonly entry: URL;
  readonly data?: unknown;
}

/** Beside this file, with the same ending, in the sources as in what is published. */
export const ENTRY = new URL(import.meta.url.replace(/world(\.[jt]s)$/, 'entry$1'));

/** A job that has begun. */
export interface Begun {
  readonly id: string;
  readonly outcome: Promise<PoolOutcome>;
  readonly reports: unknown[];
  /** Once it has reported 'started'. */
  started(): Promise<void>;
}

/** Where one case works: pools that are open, and jobs by order. */
export class Yard {
  readonly world: PoolWorld;

  constructor(world: PoolWorld) {
    this.world = world;
  }

  make(size: number, data?: ExamData): Promise<Pool> {
    return this.world.make({ size, entry: ENTRY, ...(data === undefined ? {} : { data }) });
  }

  async open(size: number, data?: ExamData): Promise<Pool> {
    const pool = await this.make(size, data);
    await pool.open();
    return pool;
  }
}

type More = Pick<PoolJob, 'softMs' | 'hardMs' | 'onStart'>;

export function begin(pool: Pool, order: Order, more: More = {}): Begun {
  const id = crypto.randomUUID();
  const reports: unknown[] = [];
  const outcome = pool.run({ id, input: order, onReport: (report) => reports.push(report), ...more });
  return {
    id,
    outcome,
    reports,
    started: () => eventually(() => reports.includes('started'), 'the job has started'),
  };
}

export function run(pool: Pool, order: Order, more: More = {}): Promise<PoolOutcome> {
  return begin(pool, order, more).outcome;
}

export function returned(outcome: PoolOutcome): unknown {
  assert.equal(outcome.kind, 'returned', inspect(outcome));
  return outcome.output;
}

export function assertLost(
  outcome: PoolOutcome,
  reason: (PoolOutcome & { kind: 'lost' })['reason'],
  detail: RegExp,
): void {
  assert.equal(outcome.kind, 'lost', inspect(outcome));
  assert.equal(outcome.reason, reason);
  assert.match(outcome.detail, detail);
}

/** That `count` slots can take jobs now or soon, and run them. */
export async function assertServes(pool: Pool, count: number): Promise<void> {
  await eventually(() => pool.size - pool.busy >= count, `${count} slots are free`);
  const values = Array.from({ length: count }, (_, i) => `serves ${i}`);
  const outcomes = await Promise.all(values.map((value) => run(pool, { do: 'echo', value })));
  assert.deepEqual(outcomes.map(returned), values);
}

export function poolCase(name: string, body: (yard: Yard) => Promise<void>): ExamCase<PoolWorld> {
  return { name, run: async (world) => body(new Yard(world)), limitMs: 30_000 };
}

import assert from 'node:assert/strict';
import type { Lock, LockStore } from '../src/index.ts';
import { rejectsClosed } from './closed.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';
import { eventually, sleep } from './waiting.ts';

/** One store, private to a case. */
export interface LockWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<LockStore>;
}

const LONG_MS = 60_000;
const BRIEF_MS = 200;

function lockCase(
  name: string,
  body: (a: LockStore, b: LockStore, lockName: string, world: LockWorld) => Promise<void>,
): ExamCase<LockWorld> {
  return {
    name,
    run: async (world) =>
      body(await world.connect(), await world.connect(), `lock ${crypto.randomUUID()}`, world),
  };
}

async function acquired(store: LockStore, name: string, owner: string, ttlMs: number): Promise<Lock> {
  const lock = await store.acquire(name, owner, ttlMs);
  assert.ok(lock, `${owner} should have got the lock`);
  return lock;
}

/** Wait until it is free, and take it. */
async function inherited(store: LockStore, name: string, owner: string): Promise<Lock> {
  let lock: Lock | undefined;
  await eventually(async () => {
    lock = await store.acquire(name, owner, LONG_MS);
    return lock !== undefined;
  }, 'the lock expires');
  return lock!;
}

/** What every lock store must do. */
export const lockExam: Exam<LockWorld> = [
  lockCase('one of many gets it', async (_a, _b, name, world) => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => world.connect()));
    const got = await Promise.all(stores.map((store, i) => store.acquire(name, `owner ${i}`, LONG_MS)));
    const [lock, ...more] = got.filter((each) => each !== undefined);
    assert.equal(more.length, 0);
    assert.deepEqual([lock?.name, lock?.owner], [name, `owner ${got.indexOf(lock)}`]);
    assert.equal(typeof lock?.fence, 'number');
  }),

  lockCase('held is held, for its owner too', async (a, b, name) => {
    await acquired(a, name, 'a', LONG_MS);
    assert.equal(await b.acquire(name, 'b', LONG_MS), undefined);
    assert.equal(await a.acquire(name, 'a', LONG_MS), undefined);
  }),

  lockCase('it is held as long as was said', async (a, b, name) => {
    const from = Date.now();
    await acquired(a, name, 'a', BRIEF_MS);
    await inherited(b, name, 'b');
    assert.ok(Date.now() >= from + BRIEF_MS, `early by ${from + BRIEF_MS - Date.now()} ms`);
  }),

  lockCase('an expired lock passes on with a larger fence, and its owner learns', async (a, b, name) => {
    const first = await acquired(a, name, 'a', 50);
    const second = await inherited(b, name, 'b');
    assert.ok(second.fence > first.fence);
    assert.equal(await a.renew(first, LONG_MS), false);
    await a.release(first);
    assert.equal(await a.acquire(name, 'a', LONG_MS), undefined);
    assert.equal(await b.renew(second, LONG_MS), true);
  }),

  lockCase('the same owner, again, is another lock', async (a, _b, name) => {
    const first = await acquired(a, name, 'a', 50);
    const second = await inherited(a, name, 'a');
    assert.ok(second.fence > first.fence);
    assert.equal(await a.renew(first, LONG_MS), false);
    await a.release(first);
    assert.equal(await a.renew(second, LONG_MS), true);
  }),

  lockCase('an expired lock cannot be renewed, even if nobody took it', async (a, _b, name) => {
    const lock = await acquired(a, name, 'a', 30);
    await sleep(60);
    assert.equal(await a.renew(lock, LONG_MS), false);
  }),

  lockCase('renewal keeps it', async (a, b, name) => {
    // Renewed often: only a stall of half a second would let it expire.
    const ttlMs = 600;
    const lock = await acquired(a, name, 'a', ttlMs);
    for (const until = Date.now() + 2 * ttlMs; Date.now() < until; ) {
      await sleep(50);
      assert.equal(await a.renew(lock, ttlMs), true);
      assert.equal(await b.acquire(name, 'b', LONG_MS), undefined);
    }
  }),

  lockCase('release frees it, and the fence still grows', async (a, b, name) => {
    const fences: number[] = [];
    for (const store of [a, b, a]) {
      const lock = await acquired(store, name, 'x', LONG_MS);
      fences.push(lock.fence);
      await store.release(lock);
      await store.release(lock);
      assert.equal(await store.renew(lock, LONG_MS), false);
    }
    assert.ok(fences[0]! < fences[1]! && fences[1]! < fences[2]!, `fences ${fences}`);
  }),

  lockCase('names are independent', async (a, b, name) => {
    const mine = await acquired(a, name, 'a', LONG_MS);
    const other = await acquired(b, `${name} é`, 'b', LONG_MS);
    await b.release(other);
    assert.equal(await a.renew(mine, LONG_MS), true);
  }),

  lockCase("a closed store's calls reject with 'closed'; closing again is fine", async (a, b, name) => {
    const lock = await acquired(a, name, 'a', LONG_MS);
    await a.close();
    await a.close();
    await rejectsClosed({
      acquire: () => a.acquire(name, 'a', LONG_MS),
      renew: () => a.renew(lock, LONG_MS),
      release: () => a.release(lock),
    });
    assert.equal(await b.acquire(name, 'b', LONG_MS), undefined);
  }),
];

export function lockConformance(harness: Harness<LockWorld>): void {
  sitExam('locks', lockExam, harness);
}

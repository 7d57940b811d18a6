import assert from 'node:assert/strict';
import { rejectsClosed } from '../closed.ts';
import { applies } from '../exam.ts';
import { essence } from '../records.ts';
import { eventually } from '../waiting.ts';
import { type Desk, ids, resultCase } from './world.ts';

function keptByStore({ caller }: Desk): void {
  applies(caller.replyTo === undefined, 'results travel to the caller and are kept there');
}

/** Store, fetch, forget, expire. */
export const keeping = [
  resultCase('what is stored is fetched, as it was', async ({ worker, id, record, arrived }) => {
    const sent = record(id, 'SUCCESS', { 'ünï☃': ['😀', 1.5, null], empty: '' });
    await worker.store([sent]);
    assert.deepEqual(essence(await arrived(id, 'SUCCESS')), essence(sent));
  }),

  resultCase('only what exists is fetched', async ({ worker, caller, id, record, arrived }) => {
    assert.equal((await caller.fetch([id])).size, 0);
    await worker.store([record(id, 'SUCCESS')]);
    await arrived(id, 'SUCCESS');
    assert.deepEqual([...(await caller.fetch([crypto.randomUUID(), id])).keys()], [id]);
  }),

  resultCase('every state is fetched, and whether it is final', async ({ worker, record, arrived }) => {
    const states = ['RECEIVED', 'STARTED', 'RETRY', 'PROGRESS', 'SUCCESS', 'FAILURE', 'REVOKED'];
    const final = new Set(['SUCCESS', 'FAILURE', 'REVOKED']);
    for (const state of states) {
      const [id] = ids(1);
      await worker.store([record(id!, state, { done: 1 })]);
      assert.equal((await arrived(id!, state)).final, final.has(state), state);
    }
  }),

  resultCase('a later state replaces an earlier one', async ({ worker, id, record, arrived }) => {
    for (const state of ['STARTED', 'RETRY', 'FAILURE', 'STARTED', 'SUCCESS']) {
      await worker.store([record(id, state, state)]);
      assert.match(new TextDecoder().decode((await arrived(id, state)).payload), new RegExp(state));
    }
  }),

  resultCase('one call keeps its order', async ({ worker, record, arrived }) => {
    const [a, b, c] = ids(3) as [string, string, string];
    await worker.store([
      record(a, 'STARTED'),
      record(b, 'FAILURE', 'no'),
      record(a, 'PROGRESS', 1),
      record(b, 'RETRY', 'again'),
      record(c, 'STARTED'),
      record(c, 'SUCCESS', 'yes'),
    ]);
    await arrived(a, 'PROGRESS');
    await arrived(b, 'RETRY');
    await arrived(c, 'SUCCESS');
  }),

  resultCase(
    'a success is not overwritten by a later call',
    async ({ worker, caller, id, record, arrived }) => {
      const success = record(id, 'SUCCESS', 'first');
      await worker.store([success]);
      await arrived(id, 'SUCCESS');
      const [after] = ids(1);
      for (const state of ['FAILURE', 'RETRY', 'SUCCESS']) await worker.store([record(id, state, 'second')]);
      await worker.store([record(after!, 'SUCCESS')]);
      await arrived(after!, 'SUCCESS');
      assert.deepEqual(essence((await caller.fetch([id])).get(id)!), essence(success));
    },
  ),

  resultCase('a success is not overwritten within its call', async ({ worker, id, record, arrived }) => {
    const success = record(id, 'SUCCESS', 'first');
    const [after] = ids(1);
    await worker.store([
      record(id, 'STARTED'),
      success,
      record(id, 'FAILURE', 'second'),
      record(after!, 'SUCCESS'),
    ]);
    await arrived(after!, 'SUCCESS');
    assert.deepEqual(essence(await arrived(id, 'SUCCESS')), essence(success));
  }),

  resultCase('thousands are stored and fetched in one call', async ({ worker, caller, record }) => {
    const all = ids(3000);
    await worker.store(all.map((id, i) => record(id, 'SUCCESS', i)));
    await eventually(async () => (await caller.fetch(all)).size === all.length, 'all of them can be fetched');
    const found = await caller.fetch([all[7]!, all[2999]!]);
    assert.match(new TextDecoder().decode(found.get(all[2999]!)!.payload), /"result":2999\b/);
  }),

  resultCase('a large result is kept', async ({ worker, id, record, arrived }) => {
    const sent = record(id, 'SUCCESS', 'é'.repeat(500_000));
    await worker.store([sent]);
    assert.deepEqual(essence(await arrived(id, 'SUCCESS')), essence(sent));
  }),

  resultCase('what is forgotten is gone, and may come again', async ({ worker, caller, record, arrived }) => {
    const [id, other] = ids(2) as [string, string];
    await worker.store([record(id, 'SUCCESS', 1), record(other, 'SUCCESS', 2)]);
    await arrived(id, 'SUCCESS');
    await arrived(other, 'SUCCESS');
    await caller.forget([id, crypto.randomUUID()]);
    assert.deepEqual([...(await caller.fetch([id, other])).keys()], [other]);
    await worker.store([record(id, 'FAILURE', 3)]);
    await arrived(id, 'FAILURE');
  }),

  resultCase('a result expires when its time is over, not before', async (desk) => {
    keptByStore(desk);
    const { worker, caller, record, arrived } = desk;
    const [brief, hour, ever] = ids(3) as [string, string, string];
    const stored = Date.now();
    await worker.store([
      record(brief, 'SUCCESS', 1, 250),
      record(hour, 'SUCCESS', 2, 3_600_000),
      record(ever, 'SUCCESS', 3),
    ]);
    await arrived(ever, 'SUCCESS');
    await eventually(async () => !(await caller.fetch([brief])).has(brief), 'it has expired');
    assert.ok(Date.now() >= stored + 250, `early by ${stored + 250 - Date.now()} ms`);
    assert.deepEqual([...(await caller.fetch([hour, ever])).keys()].sort(), [hour, ever].sort());
  }),

  resultCase('an expired success does not stand in the way', async (desk) => {
    keptByStore(desk);
    const { worker, caller, id, record, arrived } = desk;
    await worker.store([record(id, 'SUCCESS', 1, 30)]);
    await eventually(async () => !(await caller.fetch([id])).has(id), 'it has expired');
    await worker.store([record(id, 'STARTED')]);
    await arrived(id, 'STARTED');
  }),

  resultCase('sweep deletes what has expired, at most so many, and nothing else', async (desk) => {
    keptByStore(desk);
    const { worker, caller, record } = desk;
    const [brief, kept] = [ids(5), ids(2)];
    await worker.store(brief.map((id) => record(id, 'SUCCESS', 1, 30)));
    await worker.store(kept.map((id) => record(id, 'SUCCESS', 1, 3_600_000)));
    await eventually(async () => (await caller.fetch(brief)).size === 0, 'they have expired');
    const swept = [await worker.sweep(3), await worker.sweep(100), await worker.sweep(100)];
    // A store that expires by itself has nothing to sweep.
    assert.ok(
      [
        [3, 2, 0],
        [0, 0, 0],
      ].some((counts) => counts.join() === swept.join()),
      `swept ${swept}`,
    );
    assert.equal((await caller.fetch(kept)).size, 2);
  }),

  resultCase('nothing at all may be stored, fetched, forgotten, watched', async ({ worker, caller }) => {
    await worker.store([]);
    assert.equal((await caller.fetch([])).size, 0);
    await caller.forget([]);
    const watch = await caller.watch(() => {});
    await watch.add([]);
    await watch.drop([]);
    await watch.close();
  }),

  resultCase(
    "a closed backend's calls reject with 'closed'; closing again is fine",
    async ({ worker, id, record }) => {
      await worker.close();
      await worker.close();
      await rejectsClosed({
        store: () => worker.store([record(id, 'SUCCESS')]),
        fetch: () => worker.fetch([id]),
        watch: () => worker.watch(() => {}),
        forget: () => worker.forget([id]),
        sweep: () => worker.sweep(1),
      });
    },
  ),
];

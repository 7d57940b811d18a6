import assert from 'node:assert/strict';
import type { RevocationStore } from '../../src/index.ts';
import { rejectsClosed } from '../closed.ts';
import { sleep } from '../waiting.ts';
import { idsOf, LONG_MS, ofId, revocationCase } from './world.ts';

const ADDERS = 4;
const ADDITIONS = 40;

/** Cursors. */
export const following = [
  revocationCase('a cursor answers what was added after it, the oldest first', async (a, b) => {
    const { cursor: start } = await b.since();
    await a.add([ofId('one'), ofId('two')]);
    const first = await b.since(start);
    assert.deepEqual(idsOf(first.revocations), ['one', 'two']);
    await b.add([ofId('four')]);
    await a.add([ofId('three')]);
    assert.deepEqual(idsOf((await b.since(first.cursor)).revocations).slice(-2), ['four', 'three']);
    // Cursors are values: an old one goes on to be good, for everybody.
    assert.deepEqual(idsOf((await a.since(start)).revocations), ['one', 'two', 'four', 'three']);
    assert.deepEqual(idsOf((await a.since(first.cursor)).revocations).slice(-2), ['four', 'three']);
  }),

  revocationCase('when nothing was added, a cursor answers nothing and stays', async (a, b) => {
    await a.add([ofId('one'), ofId('two')]);
    const { cursor } = await b.since();
    for (const store of [a, b, a]) {
      assert.deepEqual(await store.since(cursor), { revocations: [], cursor });
    }
  }),

  revocationCase('a later end is answered to those who knew the sooner one', async (a, b) => {
    const [sooner, later] = [Date.now() + LONG_MS, Date.now() + 2 * LONG_MS];
    await a.add([ofId('moved', sooner), ofId('other', sooner)]);
    const { cursor } = await b.since();
    await a.add([ofId('moved', later)]);
    assert.deepEqual((await b.since(cursor)).revocations, [ofId('moved', later)]);
  }),

  revocationCase('a cursor that this store never gave counts as none', async (a, b) => {
    await a.add([ofId('one')]);
    await a.add([ofId('two')]);
    for (const strange of ['', 'x', '-1', '1.5', '9'.repeat(15), '9'.repeat(30), 'NaN', '{"seq":2}']) {
      const { revocations, cursor } = await b.since(strange);
      assert.deepEqual(idsOf(revocations), ['one', 'two'], `since '${strange}'`);
      assert.deepEqual((await b.since(cursor)).revocations, []);
    }
  }),

  revocationCase('whoever follows misses nothing of what many add at once', async (a, b, world) => {
    const adders = [a, ...(await Promise.all(Array.from({ length: ADDERS - 1 }, () => world.connect())))];
    const adding = Promise.all(
      adders.map(async (store, adder) => {
        for (let i = 0; i < ADDITIONS; i += 1) {
          await store.add([ofId(`${adder} ${i}`), ofId(`${adder} ${i} too`)]);
        }
      }),
    );
    let over = false;
    const ended = adding.finally(() => {
      over = true;
    });
    const followers = [b, await world.connect()].map((store) => followed(store, () => over));
    await ended;
    for (const seen of await Promise.all(followers)) assert.equal(seen.size, ADDERS * ADDITIONS * 2);
  }),

  revocationCase("a closed store's calls reject with 'closed'; closing again is fine", async (a, b) => {
    await a.add([ofId('one')]);
    await a.close();
    await a.close();
    await rejectsClosed({ add: () => a.add([ofId('two')]), since: () => a.since() });
    assert.deepEqual(idsOf((await b.since()).revocations), ['one']);
  }),
];

/** The ids that a follower has seen when nothing more is added: it asks once more after that. */
async function followed(store: RevocationStore, isOver: () => boolean): Promise<Set<string>> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let last = false; !last; ) {
    last = isOver();
    const changes = await store.since(cursor);
    cursor = changes.cursor;
    for (const id of idsOf(changes.revocations)) seen.add(id);
    // A store in this process may answer without a turn of the event loop, and whoever adds needs one.
    await sleep(1);
  }
  return seen;
}

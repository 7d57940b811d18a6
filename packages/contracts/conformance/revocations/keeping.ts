import assert from 'node:assert/strict';
import { REVOCATION_TEXT_MAX, REVOCATIONS_KEPT } from '../../src/index.ts';
import { applies } from '../exam.ts';
import { eventually } from '../waiting.ts';
import { addInChild } from './child.ts';
import { endOf, idsOf, LONG_MS, ofId, ofStamp, revocationCase } from './world.ts';

/** What is kept, and for how long. */
export const keeping = [
  revocationCase('what is added is answered, as it was, to everybody', async (a, b) => {
    assert.deepEqual((await b.since()).revocations, []);
    const longest = 'x'.repeat(REVOCATION_TEXT_MAX);
    const sent = [
      ofId('é "☃"\\ \n:1'),
      ofStamp('tenant ☃', 'a=b, "c"'),
      ofId(longest),
      ofStamp('h', longest),
    ];
    await a.add(sent);
    await a.add([]);
    assert.deepEqual((await b.since()).revocations, sent);
    assert.deepEqual((await a.since()).revocations, sent);
  }),

  revocationCase('ids, headers and values do not mix', async (a, b) => {
    const sent = [
      ofId('a'),
      ofStamp('a', 'a'),
      ofStamp('a', 'b'),
      ofStamp('b', 'a'),
      ofId('["a","b"]'),
      ofStamp('a"', 'b'),
      ofStamp('a', '"b'),
    ];
    await a.add(sent);
    assert.deepEqual((await b.since()).revocations, sent);
  }),

  revocationCase('of two ends the later wins, whichever comes last', async (a, b) => {
    const [sooner, later] = [Date.now() + LONG_MS, Date.now() + 2 * LONG_MS];
    await a.add([ofId('shortened', later), ofId('prolonged', sooner)]);
    await b.add([ofId('shortened', sooner), ofId('prolonged', later)]);
    await b.add([ofId('at once', later), ofId('at once', sooner)]);
    assert.equal(await endOf(a, 'shortened'), later);
    assert.equal(await endOf(a, 'prolonged'), later);
    assert.equal(await endOf(a, 'at once'), later);
  }),

  revocationCase('of ends that race the latest wins', async (a, b, world) => {
    const stores = [a, b, ...(await Promise.all([1, 2, 3, 4].map(() => world.connect())))];
    const now = Date.now();
    const ends = [2, 5, 1, 6, 4, 3].map((minutes) => now + minutes * LONG_MS);
    await Promise.all(stores.map((store, i) => store.add([ofId('raced', ends[i])])));
    assert.equal(await endOf(a, 'raced'), now + 6 * LONG_MS);
  }),

  revocationCase('it is answered until its end, and then no more', async (a, b) => {
    const from = await b.since();
    const end = Date.now() + 1500;
    await a.add([ofId('brief', end), ofId('long')]);
    await eventually(async () => {
      const asked = Date.now();
      const ids = idsOf((await b.since()).revocations);
      assert.ok(ids.includes('long'));
      if (!ids.includes('brief')) assert.ok(Date.now() >= end, `forgotten ${end - Date.now()} ms too soon`);
      else assert.ok(asked < end + LONG_MS);
      return !ids.includes('brief');
    }, 'the brief one ends');
    assert.deepEqual(idsOf((await b.since(from.cursor)).revocations), ['long']);
    // Also once something was added after that.
    await b.add([ofId('more')]);
    assert.deepEqual(idsOf((await a.since()).revocations), ['long', 'more']);
  }),

  revocationCase('what has ended when it is added is not kept, and ends nothing', async (a, b) => {
    const end = Date.now() + LONG_MS;
    await a.add([ofId('stays', end)]);
    await b.add([ofId('stays', Date.now() - 1000), ofId('over', Date.now() - 1000), ofId('zero', 0)]);
    assert.deepEqual((await a.since()).revocations, [ofId('stays', end)]);
  }),

  revocationCase('one that cannot be kept is refused, with those beside it', async (a, b) => {
    const tooLong = 'x'.repeat(REVOCATION_TEXT_MAX + 1);
    const bad = [
      ofId(''),
      ofId(tooLong),
      ofStamp('', 'v'),
      ofStamp('h', ''),
      ofStamp('h', tooLong),
      ofId('never', Number.NaN),
      ofId('for ever', Number.POSITIVE_INFINITY),
    ];
    for (const each of bad) {
      await assert.rejects(a.add([ofId('good'), each]), { name: 'DriverError', code: 'refused' });
    }
    assert.deepEqual((await b.since()).revocations, []);
  }),

  revocationCase('what a killed process has added stays', async (a, _b, world) => {
    const { remote, crash } = world;
    if (remote) {
      const killed = await addInChild(remote, [ofId('orphan'), ofStamp('h', 'orphan')]);
      assert.equal(killed, 'SIGKILL');
    } else {
      applies(crash !== undefined, 'this world has no process to kill');
      const doomed = await world.connect();
      await doomed.add([ofId('orphan'), ofStamp('h', 'orphan')]);
      await crash.call(world, doomed);
    }
    const { revocations } = await a.since();
    assert.deepEqual(idsOf(revocations), ['orphan']);
    assert.equal(revocations.length, 2);
  }),

  revocationCase('when there are too many the oldest make room', async (a, b) => {
    const [end, later] = [Date.now() + LONG_MS, Date.now() + 2 * LONG_MS];
    await a.add(Array.from({ length: REVOCATIONS_KEPT }, (_, i) => ofId(`id ${i}`, end)));
    const { cursor } = await b.since();
    await b.add([ofId('id 1', later)]); // Young again.
    await b.add([ofId('id 2', end)]); // As old as it was.
    await a.add(Array.from({ length: 10 }, (_, i) => ofId(`more ${i}`, end)));
    const kept = new Set(idsOf((await b.since()).revocations));
    assert.equal(kept.size, REVOCATIONS_KEPT);
    assert.deepEqual(
      ['id 0', 'id 1', 'id 2', 'id 10', 'id 11', `id ${REVOCATIONS_KEPT - 1}`, 'more 0', 'more 9'].filter(
        (id) => !kept.has(id),
      ),
      ['id 0', 'id 2', 'id 10'],
    );
    const news = idsOf((await b.since(cursor)).revocations);
    assert.ok(news.includes('more 0') && news.includes('more 9'));
  }),
];

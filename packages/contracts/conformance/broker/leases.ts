import assert from 'node:assert/strict';
import { applies } from '../exam.ts';
import { sleep, within } from '../waiting.ts';
import { claimInChild } from './child.ts';
import { bodyOf, done, message } from './messages.ts';
import { assertDrained, brokerCase, LEASE_MS, take, takeBodies, takeOne } from './room.ts';

/** Who may keep what, and for how long. */
export const leases = [
  brokerCase('renewal keeps a claim', async (room) => {
    await room.publish('mine');
    // Renewed often: only a stall of half a second would let it lapse.
    const leaseMs = 600;
    const owner = await room.consume({ leaseMs });
    const delivery = await takeOne(owner);
    const other = await room.consumeElsewhere();
    const stop = new AbortController();
    const stolen = other.claim(1, stop.signal);
    for (const until = Date.now() + leaseMs * 2.5; Date.now() < until; ) {
      await sleep(50);
      assert.deepEqual(await owner.renew([delivery]), []);
    }
    stop.abort();
    assert.deepEqual(await stolen, []);
    assert.deepEqual(await owner.settle([done(delivery)]), []);
  }),

  brokerCase('a lapsed claim passes on, counted, and its owner learns', async (room) => {
    applies(room.broker.traits.lease === 'timed', 'leases end with the connection');
    await room.publish('dropped');
    const silent = await room.consume({ leaseMs: LEASE_MS });
    const delivery = await takeOne(silent);
    const other = await room.consumeElsewhere();
    const again = await takeOne(other);
    assert.deepEqual([bodyOf(again), again.deliveries, again.redelivered], ['dropped', 2, true]);
    assert.deepEqual(await silent.renew([delivery]), [delivery]);
    assert.deepEqual(await silent.settle([done(delivery)]), [delivery]);
    assert.deepEqual(await other.settle([done(again)]), []);
    await assertDrained(room, other);
  }),

  brokerCase('losses are counted exactly, however they came about', async (room) => {
    applies(room.broker.traits.lease === 'timed', 'leases end with the connection');
    await room.publish('dropped');
    const counts: number[] = [];
    const silent = await room.consume({ leaseMs: 60 });
    counts.push((await takeOne(silent)).deliveries);
    const careful = await room.consumeElsewhere({ leaseMs: LEASE_MS });
    const second = await takeOne(careful);
    counts.push(second.deliveries);
    await careful.settle([{ kind: 'release', delivery: second, lost: true }]);
    counts.push((await takeOne(careful)).deliveries);
    const last = await room.consumeElsewhere();
    counts.push((await takeOne(last)).deliveries);
    assert.deepEqual(counts, [1, 2, 3, 4]);
  }),

  brokerCase('only the silent lose their claims', async (room) => {
    applies(room.broker.traits.lease === 'timed', 'leases end with the connection');
    await room.publish('a', 'b');
    const silent = await room.consume({ leaseMs: LEASE_MS });
    const steady = await room.consume();
    // In this order: were all leases short, that of the steady one would be over first.
    const [kept, dropped] = [await takeOne(steady), await takeOne(silent)];
    const other = await room.consumeElsewhere();
    assert.deepEqual(await takeBodies(other, 1), [bodyOf(dropped)]);
    assert.deepEqual(await steady.renew([kept]), []);
    assert.deepEqual(await steady.settle([done(kept)]), []);
  }),

  brokerCase('who lost a claim can go on', async (room) => {
    applies(room.broker.traits.lease === 'timed', 'leases end with the connection');
    await room.publish('a');
    const silent = await room.consume({ leaseMs: LEASE_MS });
    const lost = await takeOne(silent);
    const other = await room.consumeElsewhere();
    await other.settle([done(await takeOne(other))]);
    await room.publish('b');
    const next = await takeOne(silent);
    assert.equal(bodyOf(next), 'b');
    assert.deepEqual(await silent.settle([done(lost), done(next)]), [lost]);
  }),

  brokerCase('close gives claims up at once, uncounted', async (room) => {
    await room.publish('a', 'b');
    const leaving = await room.consume();
    await take(leaving, 2);
    await leaving.close();
    const got = await take(await room.consumeElsewhere(), 2);
    assert.deepEqual(got.map(bodyOf).sort(), ['a', 'b']);
    assert.deepEqual(
      got.map((each) => [each.deliveries, each.redelivered]),
      [
        [1, true],
        [1, true],
      ],
    );
  }),

  brokerCase('a crashed process gives its claims up, counted', async (room) => {
    const { remote, crash } = room.world;
    if (remote) {
      await room.publish('orphan');
      await using child = await claimInChild(remote, room.queue, LEASE_MS);
      assert.equal(child.claimed, 'orphan');
      // It renews while it lives, so nothing passes on before it is killed.
      assert.deepEqual(await (await room.consume()).claim(1, within(LEASE_MS * 2)), []);
      await child.kill();
    } else {
      applies(crash !== undefined, 'this world has no process to kill');
      await room.broker.publish([message(room.queue, 'orphan')]);
      const doomed = await room.world.connect();
      await takeOne(await room.consume({ leaseMs: LEASE_MS }, doomed));
      await crash.call(room.world, doomed);
    }
    const again = await takeOne(await room.consume());
    const deliveries = room.broker.traits.countsCrashes ? 2 : 1;
    assert.deepEqual([bodyOf(again), again.deliveries, again.redelivered], ['orphan', deliveries, true]);
  }),
];

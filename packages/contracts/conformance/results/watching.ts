import assert from 'node:assert/strict';
import type { ResultRecord } from '../../src/index.ts';
import { essence } from '../records.ts';
import { eventually, settling } from '../waiting.ts';
import { ids, resultCase } from './world.ts';

/** What a watch has heard. */
class Ear {
  readonly records: ResultRecord[] = [];
  readonly hear = (record: ResultRecord): void => void this.records.push(record);

  has(taskId: string, state?: string): boolean {
    return this.records.some((each) => each.taskId === taskId && (state ?? each.state) === each.state);
  }

  async hears(taskId: string, state: string): Promise<void> {
    await eventually(() => this.has(taskId, state), `the watch hears ${state}`);
  }
}

/** `watch`: who waits is told. */
export const watching = [
  resultCase('a watch hears what is final already', async ({ worker, caller, id, record, arrived }) => {
    const sent = record(id, 'SUCCESS', 'é');
    await worker.store([sent]);
    await arrived(id, 'SUCCESS');
    const ear = new Ear();
    const watch = await caller.watch(ear.hear);
    await watch.add([id]);
    await ear.hears(id, 'SUCCESS');
    assert.deepEqual(essence(ear.records[0]!), essence(sent));
  }),

  resultCase('a watch hears what becomes final', async ({ worker, caller, record }) => {
    const all = ids(3);
    const ear = new Ear();
    await (await caller.watch(ear.hear)).add(all);
    const sent = ['SUCCESS', 'FAILURE', 'REVOKED'].map((state, i) => record(all[i]!, state, i));
    for (const each of sent) await worker.store([each]);
    for (const each of sent) {
      await ear.hears(each.taskId, each.state);
      assert.deepEqual(essence(ear.records.find((heard) => heard.taskId === each.taskId)!), essence(each));
    }
  }),

  resultCase('a watch hears of states on the way', async ({ worker, caller, id, record }) => {
    const ear = new Ear();
    await (await caller.watch(ear.hear)).add([id]);
    // Some may be skipped, so go on until one was not.
    let step = 0;
    await eventually(async () => {
      step += 1;
      await worker.store([record(id, 'PROGRESS', { step })]);
      await settling();
      return ear.has(id, 'PROGRESS');
    }, 'the watch hears PROGRESS');
    assert.ok(ear.records.every((each) => !each.final));
    await worker.store([record(id, 'SUCCESS')]);
    await ear.hears(id, 'SUCCESS');
    assert.equal(ear.records.at(-1)!.state, 'SUCCESS');
  }),

  resultCase('nothing is missed while watching begins', async ({ worker, caller, record }) => {
    const all = ids(300);
    const ear = new Ear();
    const watch = await caller.watch(ear.hear);
    await Promise.all([
      watch.add(all),
      ...all.map((id, i) =>
        i % 2 === 0
          ? worker.store([record(id, 'SUCCESS')])
          : settling().then(() => worker.store([record(id, 'SUCCESS')])),
      ),
    ]);
    await eventually(() => all.every((id) => ear.has(id, 'SUCCESS')), 'all of them are heard');
  }),

  resultCase('thousands may wait at once', async ({ worker, caller, record }) => {
    const all = ids(2000);
    const ear = new Ear();
    const watch = await caller.watch(ear.hear);
    await Promise.all(all.map((id) => watch.add([id])));
    for (let at = 0; at < all.length; at += 500)
      await worker.store(all.slice(at, at + 500).map((id) => record(id, 'SUCCESS')));
    await eventually(
      () => new Set(ear.records.map((each) => each.taskId)).size === all.length,
      'all are heard',
    );
    await watch.close();
  }),

  resultCase('a watch hears of its own ids only', async ({ worker, caller, record }) => {
    const [mine, other] = ids(2) as [string, string];
    const [ear, otherEar] = [new Ear(), new Ear()];
    await (await caller.watch(ear.hear)).add([mine]);
    await (await caller.watch(otherEar.hear)).add([other]);
    await worker.store([record(other, 'SUCCESS'), record(mine, 'SUCCESS')]);
    await ear.hears(mine, 'SUCCESS');
    await otherEar.hears(other, 'SUCCESS');
    assert.equal(ear.has(other) || otherEar.has(mine), false);
  }),

  resultCase(
    'a dropped id is heard of no more, the others are',
    async ({ worker, caller, record, arrived }) => {
      const [dropped, kept] = ids(2) as [string, string];
      const ear = new Ear();
      const watch = await caller.watch(ear.hear);
      await watch.add([dropped, kept]);
      await watch.drop([dropped, crypto.randomUUID()]);
      await worker.store([record(dropped, 'SUCCESS')]);
      await arrived(dropped, 'SUCCESS');
      await worker.store([record(kept, 'SUCCESS')]);
      await ear.hears(kept, 'SUCCESS');
      assert.equal(ear.has(dropped), false);
    },
  ),

  resultCase('a dropped id may be added again', async ({ worker, caller, id, record }) => {
    const ear = new Ear();
    const watch = await caller.watch(ear.hear);
    await watch.add([id]);
    await Promise.all([watch.drop([id]), watch.add([id])]);
    await worker.store([record(id, 'SUCCESS')]);
    await ear.hears(id, 'SUCCESS');
  }),

  resultCase('two watches of one id do not disturb each other', async ({ worker, caller, id, record }) => {
    const [first, second] = [new Ear(), new Ear()];
    const [one, two] = [await caller.watch(first.hear), await caller.watch(second.hear)];
    await Promise.all([one.add([id]), two.add([id])]);
    await worker.store([record(id, 'STARTED')]);
    await one.close();
    await worker.store([record(id, 'SUCCESS')]);
    await second.hears(id, 'SUCCESS');
    assert.equal(first.has(id, 'SUCCESS'), false);
  }),

  resultCase('a closed watch hears nothing', async ({ worker, caller, id, record, arrived }) => {
    const [closed, open] = [new Ear(), new Ear()];
    const [gone, stays] = [await caller.watch(closed.hear), await caller.watch(open.hear)];
    await gone.add([id]);
    await stays.add([id]);
    await gone.close();
    await gone.close();
    await worker.store([record(id, 'SUCCESS')]);
    await arrived(id, 'SUCCESS');
    await open.hears(id, 'SUCCESS');
    assert.equal(closed.records.length, 0);
  }),
];

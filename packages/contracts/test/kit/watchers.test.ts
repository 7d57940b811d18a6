import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ResultRecord } from '@lovage/contracts';
import { type ResultSource, Watchers } from '@lovage/contracts/kit';

function record(taskId: string, state = 'SUCCESS'): ResultRecord {
  return { taskId, state, final: state === 'SUCCESS', payload: new Uint8Array() };
}

/** A source that remembers what it was asked, and answers `stored`. */
function source(stored: readonly ResultRecord[] = []) {
  const asked: string[] = [];
  const answers: ResultSource = {
    subscribe: async (ids) => void asked.push(`+${ids}`),
    unsubscribe: async (ids) => void asked.push(`-${ids}`),
    async current(ids) {
      asked.push(`?${ids}`);
      return stored.filter((each) => ids.includes(each.taskId));
    },
  };
  return { answers, asked };
}

suite('watchers', () => {
  test('what many ask in one turn is one request, each id once', async () => {
    const { answers, asked } = source();
    const watchers = new Watchers(answers);
    const watches = ['a', 'b', 'a'].map((id) => watchers.watch(() => {}).add([id]));
    await Promise.all(watches);
    assert.deepEqual(asked, ['+a,b', '?a,b']);
  });

  test('subscribes before it looks, and tells only who asked', async () => {
    const { answers, asked } = source([record('a')]);
    const watchers = new Watchers(answers);
    const heard: string[] = [];
    await watchers.watch(() => heard.push('first')).add(['a']);
    await watchers.watch(() => heard.push('second')).add(['a']);
    assert.deepEqual(heard, ['first', 'second']);
    assert.deepEqual(asked, ['+a', '?a', '?a']);
  });

  test('an id is subscribed to until its last watch drops it', async () => {
    const { answers, asked } = source();
    const watchers = new Watchers(answers);
    const [one, two] = [watchers.watch(() => {}), watchers.watch(() => {})];
    await one.add(['a']);
    await two.add(['a']);
    await one.drop(['a']);
    assert.equal(asked.includes('-a'), false);
    await two.close();
    assert.equal(asked.at(-1), '-a');
    assert.equal(watchers.isWatched('a'), false);
  });

  test('dropped and added again in one turn stays subscribed', async () => {
    const { answers, asked } = source();
    const watchers = new Watchers(answers);
    const watch = watchers.watch(() => {});
    await watch.add(['a']);
    await Promise.all([watch.drop(['a']), watch.add(['a'])]);
    assert.equal(asked.includes('-a'), false);
    assert.equal(watchers.isWatched('a'), true);
  });

  test('a failed add watches nothing and can be tried again', async () => {
    const { answers, asked } = source([record('a')]);
    let failures = 1;
    const watchers = new Watchers({
      ...answers,
      async subscribe(ids) {
        failures -= 1;
        if (failures >= 0) throw new Error('no connection');
        await answers.subscribe(ids);
      },
    });
    const heard: string[] = [];
    const watch = watchers.watch((each) => heard.push(each.state));
    await assert.rejects(watch.add(['a']), /no connection/);
    assert.equal(watchers.isWatched('a'), false);
    await watch.add(['a']);
    assert.deepEqual([heard, asked], [['SUCCESS'], ['+a', '?a']]);
  });

  test('refreshed, it subscribes to all again and tells what was stored meanwhile', async () => {
    const stored: ResultRecord[] = [];
    const { answers, asked } = source(stored);
    const watchers = new Watchers(answers);
    const heard: string[] = [];
    await watchers.watch((each) => heard.push(each.taskId)).add(['a', 'b']);
    stored.push(record('b'));
    await watchers.refresh();
    assert.deepEqual(heard, ['b']);
    assert.deepEqual(asked, ['+a,b', '?a,b', '+a,b', '?a,b']);
  });

  test('a callback may drop and add while it is told', async () => {
    const { answers } = source();
    const watchers = new Watchers(answers);
    const heard: string[] = [];
    const watch = watchers.watch((each) => {
      heard.push(each.taskId);
      void watch.close();
    });
    await watch.add(['a', 'b']);
    watchers.deliver(record('a'));
    watchers.deliver(record('b'));
    assert.deepEqual(heard, ['a']);
  });
});

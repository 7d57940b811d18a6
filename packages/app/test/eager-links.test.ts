/** What follows an eager call: the same, and as often, as in a worker. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, chain, chord, group } from '@lovage/app';
import { readFailure, readHeaders } from '@lovage/protocol';
import { setUp } from './sending-app.ts';

function listening(options: AppOptions = {}) {
  const app = new App('eager', {
    environment: {},
    taskAlwaysEager: true,
    lovageLogLevel: 'silent',
    ...options,
  });
  const told: string[] = [];
  const add = app.task('t.add', (x: number, y: number) => x + y);
  return {
    app,
    told,
    add,
    sum: app.task('t.sum', (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)),
    fail: app.task('t.fail', (text: string): number => {
      throw new RangeError(text);
    }),
    old: app.task('t.old', (id: string) => void told.push(`old ${id}`)),
    alert: app.errback('t.alert', (request, error, traceback, channel: string) => {
      told.push(`${channel} ${request.task} ${request.id} ${request.args} ${error.type}: ${error.message}`);
      if (traceback) told.push('traced');
    }),
  };
}

suite('what follows an eager call', () => {
  test('an error callback is told of the failure, however often it is linked', async () => {
    const { fail, alert, old, told } = listening();
    const errbacks = [alert.s('#ops'), old.s(), alert.s('#ops')];
    await fail.applyAsync(['no'], { linkError: errbacks, taskId: 'id-1' });
    assert.deepEqual(told, ['#ops t.fail id-1 no ValueError: no', 'traced', 'old id-1']);
  });

  test('a chain tells it once, by the step that failed', async () => {
    const { add, fail, alert, told } = listening();
    await chain(add.si(1, 2), fail.si('middle'), add.s(1), fail.si('never'))
      .linkError(alert.s('#ops'))
      .delay();
    assert.equal(told.filter((each) => each.startsWith('#ops')).length, 1);
    assert.match(told[0]!, /^#ops t\.fail .* middle ValueError: middle$/);
  });

  test('a chord tells it once, of its body', async () => {
    const { add, fail, sum, alert, told } = listening();
    const result = await chord([add.s(1, 1), fail.s('x'), fail.s('y')], sum.s())
      .linkError(alert.s('#ops'))
      .delay();
    assert.equal(told.length, 1);
    assert.match(told[0]!, /^#ops t\.sum \S+ {2}ChordError: Dependency .* raised ValueError\('x'\)$/);
    assert.ok(told[0]!.includes(result.id));
  });

  test('a chord tells it by its header too with taskAllowErrorCbOnChordHeader', async () => {
    const { add, fail, sum, alert, told } = listening({ taskAllowErrorCbOnChordHeader: true });
    await chord([add.s(1, 1), fail.s('x'), fail.s('y')], sum.s())
      .linkError(alert.s('#ops'))
      .delay();
    const by = told.filter((each) => each.startsWith('#ops')).map((each) => each.split(' ')[1]);
    assert.deepEqual(by, ['t.fail', 't.fail', 't.sum']);
  });

  test('several callbacks: groups by themselves, then the others, each once', async () => {
    const { app, add } = listening();
    const order: unknown[] = [];
    const note = app.task('t.note', (...what: (string | number)[]) => void order.push(what.join(' ')));
    await add.applyAsync([1, 2], {
      link: [note.s('first'), group(note.s('in a group')), chain(add.s(1), note.s('chain'))],
    });
    assert.deepEqual(order, ['3 in a group', '3 first', '4 chain']);
  });

  test('one that is not eager sends them as a worker does', async () => {
    const { app, service } = setUp({ lovageLogLevel: 'silent' });
    const fail = app.task('t.fail', (text: string) => {
      throw new RangeError(text);
    });
    const note = app.task('t.note', (...what: number[]) => what.length);
    const alert = app.errback('t.alert', (_request, _error, _traceback, _channel: string) => null);
    await fail.apply(['no'], { linkError: alert.s('#ops'), taskId: 'id-1' });
    const [message] = service.published.at(-1)!;
    const { task, parentId, custom } = readHeaders(message!.envelope);
    assert.deepEqual([task, parentId], ['t.alert', 'id-1']);
    assert.equal(readFailure(custom['lovage_failure'])!.error.type, 'ValueError');
    await note.apply([], { link: [note.s(), note.s(2)] });
    const groups = service.published.at(-1)!.map(({ envelope }) => readHeaders(envelope).group);
    assert.ok(groups.length === 2 && groups[0] !== null && groups[0] === groups[1]);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FIRST_VIEW, type Snapshot, type View } from '../src/events/screen/model.ts';
import { type Key, press } from '../src/events/screen/press.ts';
import { snapshot, task } from './screen.ts';

const TASKS = ['a', 'b', 'c', 'd'].map((id) => task(id));
const REACH = { rows: 2, lastScroll: 10 };

function key(what: string): Key {
  if (what.startsWith('ctrl-')) return { name: what.slice(5), text: '', ctrl: true };
  if (what === '/') return { name: undefined, text: '/', ctrl: false };
  return { name: what.toLowerCase(), text: what.length === 1 ? what : '', ctrl: false };
}

/** Presses one key after the other. */
function after(
  keys: string,
  { from = FIRST_VIEW, given = snapshot({ tasks: TASKS }) }: { from?: View; given?: Snapshot } = {},
) {
  let last: ReturnType<typeof press> = { view: from };
  for (const each of keys.split(' ')) last = press(last.view, key(each), given, REACH);
  return last;
}

suite('keys of lovage events', () => {
  test('the cursor moves within the list, and stays with its task', () => {
    const moves: readonly (readonly [keys: string, at: string | undefined])[] = [
      ['j', 'b'],
      ['down down', 'c'],
      ['j k', undefined],
      ['up', undefined],
      ['end', 'd'],
      ['G j', 'd'],
      ['end home', undefined],
      ['pagedown', 'c'],
      ['end pageup', 'b'],
      ['j j escape', undefined],
    ];
    for (const [keys, at] of moves) assert.equal(after(keys).view.selected, at, keys);
    const { view } = after('j');
    const newer = snapshot({ tasks: [task('new'), ...TASKS] });
    assert.equal(after('j', { from: view, given: newer }).view.selected, 'c');
  });

  test('Enter opens the task under the cursor; Enter, Esc and i come back', () => {
    assert.deepEqual(pageOf(after('return').view), ['task', 'a']);
    assert.deepEqual(pageOf(after('j i').view), ['task', 'b']);
    for (const back of ['return', 'escape', 'i', 'left']) {
      assert.equal(after(`j return ${back}`).view.page, 'tasks', back);
    }
    assert.equal(after('return', { given: snapshot() }).view.notice, 'No task is selected.');
  });

  test('pages that are read scroll, to their end and no further', () => {
    assert.equal(after('return j j').view.scroll, 2);
    assert.equal(after('return end j').view.scroll, 10);
    assert.equal(after('return end k').view.scroll, 9);
    assert.equal(after('return k').view.scroll, 0);
    assert.equal(after('w j w').view.page, 'tasks');
    assert.equal(after('w j escape return').view.scroll, 0);
  });

  test('a filter holds as it is typed; Enter keeps it, Esc takes it away', () => {
    const given = snapshot({ tasks: [task('m', { name: 'shop.mail' }), task('v', { name: 'video.cut' })] });
    assert.equal(after('/ v i q', { given }).view.filter, 'viq');
    assert.equal(after('/ v i q backspace return', { given }).view.filter, 'vi');
    assert.deepEqual(pageOf(after('/ v return return', { given }).view), ['task', 'v']);
    assert.equal(after('/ v escape', { given }).view.filter, '');
    assert.equal(after('/ v return escape', { given }).view.filter, '');
    assert.equal(after('/ x y ctrl-c', { given }).action?.kind, 'quit');
  });

  test('revoke is at once; terminate asks, and only y is yes', () => {
    assert.deepEqual(after('j r').action, { kind: 'revoke', task: TASKS[1] });
    assert.equal(after('t').action, undefined);
    assert.deepEqual(after('t y').action, { kind: 'terminate', task: TASKS[0] });
    for (const no of ['n', 'return', 'escape', 'q', 't']) {
      const { view, action } = after(`t ${no}`);
      assert.deepEqual([action, view.prompt, view.notice], [undefined, undefined, 'Not terminated.'], no);
    }
  });

  test('what a question is about does not change while it is asked', () => {
    const { view } = after('t');
    const newer = snapshot({ tasks: [task('new'), ...TASKS] });
    assert.deepEqual(after('y', { from: view, given: newer }).action, { kind: 'terminate', task: TASKS[0] });
  });

  test('what has ended is not stopped', () => {
    for (const state of ['SUCCESS', 'FAILURE', 'REVOKED']) {
      const given = snapshot({ tasks: [task('a', { state })] });
      for (const stop of ['r', 't']) {
        const { view, action } = after(stop, { given });
        assert.equal(action, undefined);
        assert.match(view.notice, /has ended already/);
        assert.equal(view.prompt, undefined);
      }
    }
    assert.equal(after('r', { given: snapshot() }).view.notice, 'No task is selected.');
  });

  test('a task is stopped from its own page too, and nothing from the page of workers', () => {
    assert.deepEqual(after('j return r').action, { kind: 'revoke', task: TASKS[1] });
    assert.equal(after('j w r').action, undefined);
  });

  test('clear, events and the end', () => {
    assert.equal(after('c').action?.kind, 'clear');
    assert.equal(after('w e').action?.kind, 'enable-events');
    for (const end of ['q', 'ctrl-c', 'w q', 'return q', 't ctrl-c'])
      assert.equal(after(end).action?.kind, 'quit', end);
    assert.equal(after('x').action, undefined);
  });

  const pageOf = ({ page, selected }: View) => [page, selected];
});

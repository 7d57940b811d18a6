import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stripVTControlCharacters, styleText } from 'node:util';
import { FIRST_VIEW, type Size, type Snapshot, type View } from '../src/events/screen/model.ts';
import { reachOf, render } from '../src/events/screen/render.ts';
import { cells } from '../src/output/fit.ts';
import { NOW, snapshot, task, worker } from './screen.ts';

const SMALL: Size = { columns: 80, rows: 24 };
const plain = (_: unknown, text: string): string => text;

const shown = (given: Snapshot, view: Partial<View> = {}, size: Size = SMALL): readonly string[] =>
  render(given, { ...FIRST_VIEW, ...view }, size, plain);

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => task(`${String(at).padStart(4, '0')}-aaaa-bbbb`));

suite('the screen of lovage events', () => {
  test('who is there, how much happens, and the newest tasks on top', () => {
    const lines = shown(
      snapshot({
        tasks: [
          task('b1b2b3b4-0000-4000-8000-000000000000'),
          task('a1a2a3a4-0000-4000-8000-000000000000', {
            name: 'shop.a_task_with_a_name_that_is_long',
            state: 'SUCCESS',
            runtimeS: 0.0421,
            updatedMs: NOW - 61_000,
          }),
        ],
      }),
    );
    assert.equal(lines.length, 24);
    assert.deepEqual(
      lines.slice(0, 6).map((line) => line.trimEnd()),
      [
        'lovage events  redis://localhost:6379/0                1 worker online  14:03:07',
        '12.0/s in  1.3/s done  STARTED 1  SUCCESS 3',
        'TIME     ID       STATE     NAME                       WORKER            RUNTIME',
        '14:03:06 b1b2b3b4 STARTED   shop.mail                  celery@web1          2.5s',
        '14:02:06 a1a2a3a4 SUCCESS   shop.a_task_with_a_name_t… celery@web1          42ms',
        '',
      ],
    );
    assert.equal(lines[23], 'j/k move  i info  w workers  / filter  r revoke  t terminate  c clear  q quit');
  });

  test('every page fits every terminal, also with wide characters and colours', () => {
    const wide = '漢字タスク👩‍👩‍👧'.repeat(20);
    const given = snapshot({
      broker: wide,
      tasks: [
        task('1', { name: wide, worker: wide, details: () => [['args', `${wide}\n${wide}`]] }),
        ...many(60),
      ],
      workers: Array.from({ length: 60 }, (_, at) => worker(`${wide}${at}`)),
      trouble: wide,
    });
    const colours = (style: Parameters<typeof styleText>[0], text: string): string =>
      styleText(style, text, { validateStream: false });
    const views: Partial<View>[] = [
      {},
      { selected: '0040-aaaa-bbbb' },
      { filter: wide },
      { page: 'workers' },
      { page: 'task', selected: '1' },
      { page: 'task', selected: 'gone' },
      { prompt: { kind: 'filter', text: wide } },
      { prompt: { kind: 'terminate', task: given.tasks[0]! } },
    ];
    for (const size of [
      SMALL,
      { columns: 200, rows: 50 },
      { columns: 40, rows: 8 },
      { columns: 20, rows: 3 },
    ]) {
      for (const view of views) {
        const lines = render(given, { ...FIRST_VIEW, ...view }, size, colours);
        assert.ok(lines.length <= size.rows);
        for (const line of lines) {
          assert.ok(cells(line) <= size.columns, `${JSON.stringify(view)} at ${size.columns}: ${line}`);
          // Nothing but colours steers the terminal.
          assert.doesNotMatch(stripVTControlCharacters(line), /\p{Cc}/u);
        }
      }
    }
  });

  test('the cursor is in sight wherever it is, and its line is marked', () => {
    const marked = (style: unknown, text: string): string => (style === 'inverse' ? `>${text}` : text);
    for (const selected of ['0000', '0018', '0019', '0059'].map((head) => `${head}-aaaa-bbbb`)) {
      const lines = render(snapshot({ tasks: many(60) }), { ...FIRST_VIEW, selected }, SMALL, marked);
      const [, cursor = ''] = lines.filter((line) => line.startsWith('>'));
      assert.match(cursor, new RegExp(` ${selected.slice(0, 8)} `));
    }
  });

  test('wide terminals show whole ids', () => {
    const id = 'b1b2b3b4-0000-4000-8000-000000000000';
    const lines = shown(snapshot({ tasks: [task(id)] }), {}, { columns: 140, rows: 24 });
    assert.match(lines[3] ?? '', new RegExp(` ${id} `));
  });

  test('a filter hides the other names and says so', () => {
    const tasks = [task('1', { name: 'shop.mail' }), task('2', { name: 'video.cut' })];
    const lines = shown(snapshot({ tasks }), { filter: 'VIDEO' });
    assert.match(lines[3] ?? '', /video\.cut/);
    assert.equal(lines[4], '');
    assert.match(lines[22] ?? '', /^Only names with "VIDEO"; Esc shows all\.$/);
    assert.match(shown(snapshot({ tasks }), { filter: 'xyz' })[4] ?? '', /None of 2 tasks has "xyz"/);
  });

  test('the page of a task has everything of it, and scrolls to its end', () => {
    const text = Array.from({ length: 40 }, (_, at) => `line ${at} ${'x'.repeat(90)}`).join('\n');
    const given = snapshot({
      tasks: [
        task('1', {
          details: () => [
            ['args', '(2, 3)'],
            ['traceback', text],
          ],
        }),
      ],
    });
    const view = { ...FIRST_VIEW, page: 'task', selected: '1' } as const;
    assert.deepEqual(shown(given, view).slice(2, 5), [
      ' shop.mail  STARTED',
      ' args        (2, 3)',
      ` traceback   line 0 ${'x'.repeat(60)}`,
    ]);
    const { lastScroll } = reachOf(given, view, SMALL);
    assert.equal(lastScroll, 81 - 19);
    const end = shown(given, { ...view, scroll: lastScroll });
    assert.match(end[20] ?? '', /line 39/);
    assert.match(end[21] ?? '', /^ +x{31}$/);
  });

  test('the page of workers tells the living from the dead', () => {
    const lines = shown(
      snapshot({
        workers: [
          worker('celery@web1'),
          worker('celery@web2', { online: false, heardMs: NOW - 65_000, active: undefined, load: undefined }),
        ],
      }),
      { page: 'workers' },
    );
    assert.match(lines[3] ?? '', /^celery@web1 +online +1 +20 +0\.1 0\.2 0\.3 +1\.5s$/);
    assert.match(lines[4] ?? '', /^celery@web2 +offline +– +20 +– +1m 05s$/);
  });

  test('an empty screen says what to do', () => {
    assert.match(shown(snapshot({ workers: [] }))[4] ?? '', /Waiting for workers/);
    assert.match(shown(snapshot())[5] ?? '', /send events of tasks with -E; e has them do so now/);
  });

  test('trouble and questions stand above the keys', () => {
    assert.equal(shown(snapshot({ trouble: 'Nothing heard for 12s.' }))[22], 'Nothing heard for 12s.');
    const asking = shown(snapshot(), { prompt: { kind: 'terminate', task: task('1') } });
    assert.deepEqual(asking.slice(22), ['Terminate shop.mail (1) with SIGTERM?', 'y yes  any other key no']);
    assert.match(shown(snapshot(), { prompt: { kind: 'filter', text: 'ma' } })[22] ?? '', /^\/ma▏/);
  });
});

import { cursorOf, type Snapshot, shownTasks, type TaskRow, type View } from './model.ts';

/** A key, as node:readline names it. */
export interface Key {
  readonly name: string | undefined;
  /** What it types. */
  readonly text: string;
  readonly ctrl: boolean;
}

/** What a key has done: another view, and perhaps something to do outside. */
export interface Pressed {
  readonly view: View;
  readonly action?: Action;
}

export type Action =
  | { readonly kind: 'quit' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'enable-events' }
  | { readonly kind: 'revoke' | 'terminate'; readonly task: TaskRow };

const ENDED = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED']);
const MAX_FILTER = 60;

/** How far the page at hand can be moved. */
export interface Reach {
  /** Rows that are in sight at once. */
  readonly rows: number;
  /** The scroll that shows the end of a page that is read. */
  readonly lastScroll: number;
}

export function press(view: View, key: Key, snapshot: Snapshot, reach: Reach): Pressed {
  if (key.ctrl && (key.name === 'c' || key.name === 'd')) return { view, action: { kind: 'quit' } };
  if (view.prompt?.kind === 'filter') return { view: typeFilter(view, view.prompt.text, key) };
  if (view.prompt?.kind === 'terminate') return answer(view, view.prompt.task, key);
  const quiet = { ...view, notice: '' };
  return view.page === 'tasks' ? onTasks(quiet, key, snapshot, reach) : onPage(quiet, key, snapshot, reach);
}

function onTasks(view: View, key: Key, snapshot: Snapshot, reach: Reach): Pressed {
  const tasks = shownTasks(snapshot, view);
  const by = steps(key, reach.rows);
  if (by !== undefined) return { view: { ...view, selected: moved(tasks, cursorOf(tasks, view), by) } };
  const task = tasks[cursorOf(tasks, view)];
  switch (key.name) {
    case 'return':
    case 'enter':
    case 'i':
      return { view: task ? { ...view, page: 'task', selected: task.id, scroll: 0 } : noTask(view) };
    case 'escape':
      return { view: { ...view, filter: '', selected: undefined } };
    default:
      return common(view, key, task);
  }
}

/** A page that is read: of a task, of the workers. */
function onPage(view: View, key: Key, snapshot: Snapshot, reach: Reach): Pressed {
  const by = steps(key, reach.rows);
  if (by !== undefined) {
    return { view: { ...view, scroll: Math.max(0, Math.min(view.scroll + by, reach.lastScroll)) } };
  }
  const back = { ...view, page: 'tasks', scroll: 0 } as const;
  switch (key.name) {
    case 'return':
    case 'enter':
    case 'escape':
    case 'backspace':
    case 'left':
      return { view: back };
    case 'i':
      return { view: view.page === 'task' ? back : view };
    case 'w':
      return { view: view.page === 'workers' ? back : { ...view, page: 'workers', scroll: 0 } };
    default: {
      const task = snapshot.tasks.find(({ id }) => id === view.selected);
      return common(view, key, view.page === 'task' ? task : undefined);
    }
  }
}

function common(view: View, key: Key, task: TaskRow | undefined): Pressed {
  switch (key.name) {
    case 'q':
      return { view, action: { kind: 'quit' } };
    case 'w':
      return { view: { ...view, page: 'workers', scroll: 0 } };
    case 'c':
      return {
        view: { ...view, page: 'tasks', selected: undefined, notice: 'Cleared.' },
        action: { kind: 'clear' },
      };
    case 'e':
      return { view, action: { kind: 'enable-events' } };
    case 'r':
      return refused(view, task) ?? { view, action: { kind: 'revoke', task: task! } };
    case 't':
      return refused(view, task) ?? { view: { ...view, prompt: { kind: 'terminate', task: task! } } };
    default:
      return {
        view:
          key.text === '/' ? { ...view, page: 'tasks', prompt: { kind: 'filter', text: view.filter } } : view,
      };
  }
}

/** Undefined where there is a task that can still be stopped. */
function refused(view: View, task: TaskRow | undefined): Pressed | undefined {
  if (!task) return { view: noTask(view) };
  if (!ENDED.has(task.state)) return undefined;
  return { view: { ...view, notice: `${task.name} has ended already: ${task.state}.` } };
}

const noTask = (view: View): View => ({ ...view, notice: 'No task is selected.' });

/** The filter holds while it is typed; Esc takes it away. */
function typeFilter(view: View, text: string, key: Key): View {
  const typed = (next: string): View => ({
    ...view,
    filter: next,
    selected: undefined,
    prompt: { kind: 'filter', text: next },
  });
  switch (key.name) {
    case 'return':
    case 'enter':
      return { ...view, prompt: undefined };
    case 'escape':
      return { ...view, filter: '', prompt: undefined };
    case 'backspace':
      return typed([...text].slice(0, -1).join(''));
    default:
      return !key.ctrl && /^[^\p{Cc}]+$/u.test(key.text)
        ? typed((text + key.text).slice(0, MAX_FILTER))
        : view;
  }
}

/** Only `y` is yes. */
function answer(view: View, task: TaskRow, key: Key): Pressed {
  const asked = { ...view, prompt: undefined };
  if (key.text.toLowerCase() !== 'y') return { view: { ...asked, notice: 'Not terminated.' } };
  return { view: asked, action: { kind: 'terminate', task } };
}

/** How far a key moves; undefined for keys that do not. */
function steps(key: Key, pageRows: number): number | undefined {
  switch (key.name) {
    case 'down':
    case 'j':
      return 1;
    case 'up':
    case 'k':
      return -1;
    case 'pagedown':
    case 'space':
      return pageRows;
    case 'pageup':
      return -pageRows;
    case 'home':
      return Number.NEGATIVE_INFINITY;
    case 'end':
      return Number.POSITIVE_INFINITY;
    default:
      return key.text === 'g'
        ? Number.NEGATIVE_INFINITY
        : key.text === 'G'
          ? Number.POSITIVE_INFINITY
          : undefined;
  }
}

/** At the top the cursor stays with the newest; anywhere else, with its task. */
function moved(tasks: readonly TaskRow[], from: number, by: number): string | undefined {
  const to = Math.min(Math.max(0, from + by), tasks.length - 1);
  return to <= 0 ? undefined : tasks[to]?.id;
}

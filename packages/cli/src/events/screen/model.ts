/** What the screen shows of a task. Times in epoch ms. All texts but `uuid` are harmless for a terminal. */
export interface TaskRow {
  /** Exactly as workers know it. */
  readonly uuid: string;
  /** As it is shown. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly worker: string;
  readonly updatedMs: number;
  readonly startedMs?: number | undefined;
  readonly runtimeS?: number | undefined;
  /** More of it, for the page of one task: names and texts, which may have several lines. */
  readonly details: () => readonly (readonly [name: string, text: string])[];
}

export interface WorkerRow {
  readonly name: string;
  readonly online: boolean;
  readonly heardMs: number;
  readonly active?: number | undefined;
  readonly processed?: number | undefined;
  readonly load?: string | undefined;
}

/** All that is known at one moment. */
export interface Snapshot {
  readonly nowMs: number;
  readonly broker: string;
  /** What ended lately, by second. */
  readonly finishedPerS: number;
  readonly receivedPerS: number;
  /** Tasks seen, by state. */
  readonly counts: ReadonlyMap<string, number>;
  /** The newest first. */
  readonly tasks: readonly TaskRow[];
  readonly workers: readonly WorkerRow[];
  /** Undefined while events come in. */
  readonly trouble?: string | undefined;
}

/** What the person at the screen has chosen. */
export interface View {
  readonly page: 'tasks' | 'workers' | 'task';
  /** Id of the task under the cursor; undefined: the newest, whichever that is. */
  readonly selected: string | undefined;
  /** Part of a name, in any case; empty for all. */
  readonly filter: string;
  /** What is being typed: a filter, or the answer to a question. */
  readonly prompt: Prompt | undefined;
  /** First line shown of a page that is longer than the screen. */
  readonly scroll: number;
  /** What came of the last action. */
  readonly notice: string;
}

export type Prompt =
  | { readonly kind: 'filter'; readonly text: string }
  | { readonly kind: 'terminate'; readonly task: TaskRow };

export const FIRST_VIEW: View = {
  page: 'tasks',
  selected: undefined,
  filter: '',
  prompt: undefined,
  scroll: 0,
  notice: '',
};

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The tasks that the filter lets through. */
export function shownTasks({ tasks }: Snapshot, { filter }: View): readonly TaskRow[] {
  const part = filter.toLowerCase();
  return part === '' ? tasks : tasks.filter((task) => task.name.toLowerCase().includes(part));
}

/** Where the cursor stands in these tasks: at the top where its task is gone. */
export function cursorOf(tasks: readonly TaskRow[], { selected }: View): number {
  return Math.max(
    0,
    tasks.findIndex((task) => task.id === selected),
  );
}

/** Tasks that write down each run of theirs, under the workflow's tag `run`: the twins of `python/counted.py`. */
import type { Lovage, TaskSelf } from 'lovage';
import { build } from './build.ts';
import type { Form } from './recipe.ts';

export class Broken extends Error {
  override readonly name = 'Broken';
}

/** What ran, by the tag of the workflow. */
export type Ran = Map<string, string[]>;

type Body = (
  self: TaskSelf,
  args: readonly unknown[],
  kwargs: Form,
  wrote: (text?: string) => void,
) => unknown;

export function defineTasks(app: Lovage, ran: Ran): void {
  const note = (run: unknown, text: string) => {
    const tag = String(run);
    ran.set(tag, [...(ran.get(tag) ?? []), text]);
  };
  for (const [name, body] of Object.entries(BODIES)) {
    app.task({ name: `flow.ts.${name}`, bind: true, ...OPTIONS[name] }, (self, ...all: unknown[]) => {
      // Keyword arguments come as one last object; these tasks always have one, for `run`.
      const { run, ...kwargs } = all.at(-1) as Form;
      return body(self, all.slice(0, -1), kwargs, (text = name) => note(run, text)) as never;
    });
  }
  app.task('flow.ts.item', ({ n, run }: { n: number; run: string }) => {
    note(run, 'item');
    return n * 10;
  });
  app.task('flow.ts.pair', (x: number, y: number, run: string) => {
    note(run, 'pair');
    return x * y;
  });
}

const OPTIONS: Readonly<Record<string, object>> = {
  quiet: { ignoreResult: true },
  flaky: { maxRetries: 5 },
};

const BODIES: Readonly<Record<string, Body>> = {
  add(_, [x, y], __, wrote) {
    wrote();
    return (x as number) + (y as number);
  },
  total(_, [numbers], __, wrote) {
    wrote();
    return (numbers as number[]).reduce((sum, n) => sum + n, 0);
  },
  list(_, [items], __, wrote) {
    wrote();
    return items;
  },
  echo(_, args, kwargs, wrote) {
    wrote();
    return { args, kwargs };
  },
  note(_, args, { label = 'note' }, wrote) {
    wrote(`${label} ${JSON.stringify(args)}`);
    return args;
  },
  quiet(_, args, __, wrote) {
    wrote();
    return args;
  },
  fail(_, __, { message = 'no' }, wrote) {
    wrote();
    throw new Broken(String(message));
  },
  caught(_, __, { label = 'caught', fails = false }, wrote) {
    wrote(String(label));
    if (fails) throw new Broken('again');
  },
  alarm(_, __, ___, wrote) {
    wrote();
  },
  flaky(self, [value], { failures }, wrote) {
    wrote();
    if (self.request.retries < (failures as number)) self.retry({ exc: new Broken('again'), countdown: 0 });
    return value;
  },
  become(self, _, { recipe }, wrote) {
    wrote();
    self.replace(build(self.app as Lovage, recipe as Form));
  },
  async grow(self, [value], { recipes }, wrote) {
    wrote();
    for (const recipe of recipes as Form[]) await self.addToChord(build(self.app as Lovage, recipe));
    return value;
  },
  async start(self, _, { recipe }, wrote) {
    wrote();
    await build(self.app as Lovage, recipe as Form).delay();
    return 'started';
  },
  urgency(self, _, __, wrote) {
    wrote();
    const { priority } = self.request.deliveryInfo;
    // As Celery counts on Redis: from 0, the most urgent and its default.
    return priority === null ? 0 : 9 - priority;
  },
};

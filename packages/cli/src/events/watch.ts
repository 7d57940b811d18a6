import type { ReadStream, WriteStream } from 'node:tty';
import type { App } from '@lovage/app';
import { findApp } from '../find-app.ts';
import { paint } from '../output/paint.ts';
import { storeLabels } from '../store-labels.ts';
import { Cluster } from './cluster.ts';
import type { EventsOptions } from './options.ts';
import { act } from './screen/act.ts';
import { FIRST_VIEW, type View } from './screen/model.ts';
import { type Key, press } from './screen/press.ts';
import { reachOf, render } from './screen/render.ts';
import { Terminal } from './screen/terminal.ts';
import { type Stopping, untilStopped } from './stopping.ts';

export interface WatchOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  /** Between two drawings, where nothing is pressed. */
  readonly everyMs: number;
}

/** The live screen: from the first frame to the terminal as it was. */
export async function watch(options: EventsOptions, screen: WatchOptions): Promise<void> {
  // A line of the log would tear the screen.
  const { app } = await findApp(options, { lovageLogLevel: 'silent' });
  const cluster = new Cluster(storeLabels(app).transport);
  const stopping = untilStopped();
  try {
    // Before the screen changes: what goes wrong here is said in the shell.
    await using _ = await app.events.receiver({ onEvent: (event) => cluster.take(event, Date.now()) });
    await show(app, cluster, stopping, screen);
  } finally {
    stopping.release();
    await app.close();
  }
}

async function show(app: App, cluster: Cluster, stopping: Stopping, screen: WatchOptions): Promise<void> {
  let view = FIRST_VIEW;
  const change = (next: View): void => {
    view = next;
    draw();
  };
  const onKey = (key: Key): void => {
    const snapshot = cluster.snapshot(Date.now());
    const pressed = press(view, key, snapshot, reachOf(snapshot, view, terminal.size));
    change(pressed.view);
    const { action } = pressed;
    if (action?.kind === 'quit') stopping.stop();
    else if (action?.kind === 'clear') cluster.clear();
    else if (action) void act(app, action).then((notice) => change({ ...view, notice }));
  };
  const terminal = new Terminal(screen.input, screen.output, { onKey, onResize: () => draw() });
  const draw = (): void => {
    terminal.draw(render(cluster.snapshot(Date.now()), view, terminal.size, paint));
  };
  const timer = setInterval(draw, screen.everyMs);
  try {
    draw();
    await stopping.asked;
  } finally {
    clearInterval(timer);
    terminal.close();
  }
}

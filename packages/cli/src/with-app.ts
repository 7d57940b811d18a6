import type { App } from '@lovage/app';
import { type FoundApp, findApp } from './find-app.ts';
import type { Globals } from './globals.ts';

/** Load the app that the options name, do something with it, and close it whatever came of that. */
export async function withApp(
  options: Globals,
  use: (app: App, found: FoundApp) => Promise<void>,
): Promise<void> {
  const found = await findApp(options);
  const { app } = found;
  try {
    await use(app, found);
  } finally {
    await app.close();
  }
}

import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import repl from 'node:repl';
import type { App } from '@lovage/app';
import { paint } from '../output/paint.ts';
import { counted } from '../output/texts.ts';
import { storeLabels } from '../store-labels.ts';
import { version } from '../version.ts';

/** Node's own shell at a terminal. Resolves when somebody leaves it, by `.exit` or Ctrl+D. */
export async function converse(app: App, symbols: object, quiet: boolean): Promise<void> {
  if (!quiet) console.log(greeting(app));
  const server = repl.start({ prompt: 'lovage> ', ignoreUndefined: true });
  Object.assign(server.context, symbols);
  // After `.clear` too.
  server.on('reset', (context: object) => Object.assign(context, symbols));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  remember(server);
  await ended;
}

function greeting(app: App): string {
  const tasks = counted(app.tasks.size, 'task');
  return [
    paint('bold', `lovage v${version()}, Node ${process.version}`),
    `${app.name} on ${storeLabels(app).transport}, ${tasks}: see \`tasks\`. Code may await. Leave with .exit`,
  ].join('\n');
}

/** What was typed is there again next time: where LOVAGE_HISTORY says, or in the state folder of the user. */
function remember(server: repl.REPLServer): void {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  const file = process.env['LOVAGE_HISTORY'] ?? join(state, 'lovage', 'shell-history');
  const unkept = (error: Error): void => console.error(`No history is kept: ${error.message}`);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    server.setupHistory(file, (error) => error && unkept(error));
  } catch (error) {
    unkept(error as Error);
  }
}

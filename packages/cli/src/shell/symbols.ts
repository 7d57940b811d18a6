import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { AnyTask, App } from '@lovage/app';
import * as lovage from '@lovage/app';

/** Names that a shell offers besides tasks; a task of the same short name gives way. */
const OFFERED = [
  'AsyncResult',
  'GroupResult',
  'Signature',
  'chain',
  'chord',
  'chunks',
  'group',
  'signature',
  'currentTask',
  'sharedTask',
] as const;

/**
 * What the code of a shell sees: the app, `tasks` by full name, each task under the last part of its name where that is
 * a name of JavaScript and of no other task, and what the library offers for calling them.
 */
export function shellSymbols(app: App, withTasks: boolean): Record<string, unknown> {
  const library: Readonly<Record<string, unknown>> = lovage;
  const offered = OFFERED.filter((name) => name in library).map((name) => [name, library[name]] as const);
  return {
    ...(withTasks ? byShortName(app) : {}),
    ...Object.fromEntries(offered),
    app,
    celery: app,
    lovage: library,
    tasks: Object.fromEntries(app.tasks),
    // From where the command was given; of ES modules too.
    require: createRequire(pathToFileURL(`${process.cwd()}/`)),
  };
}

function byShortName(app: App): Record<string, AnyTask> {
  const found = new Map<string, AnyTask[]>();
  for (const task of app.tasks.values()) {
    const short = task.name.slice(task.name.lastIndexOf('.') + 1);
    found.set(short, [...(found.get(short) ?? []), task]);
  }
  const sole = [...found].filter(([name, tasks]) => tasks.length === 1 && isName(name));
  return Object.fromEntries(sole.map(([name, [task]]) => [name, task!]));
}

/** No word of the language: a task called `delete` stays in `tasks`. */
function isName(text: string): boolean {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(text)) return false;
  try {
    // Only asks whether it parses.
    new Function(`let ${text};`);
    return true;
  } catch {
    return false;
  }
}

import type { App } from '../app.ts';
import { ImproperlyConfigured } from '../errors.ts';
import { currentTask } from '../execution/current.ts';
import type { TaskDefinition } from './define.ts';
import { alreadyRegistered } from './define.ts';
import type { Calls, Task } from './task.ts';

/** What the process knows of shared tasks: they belong to no app. */
const definitions = new Map<string, TaskDefinition>();
const apps = new Set<App>();

/** Hand every shared task of the process to this app, now and when more are defined. */
export function joinShared(app: App): void {
  apps.add(app);
}

/** The app is closed: shared tasks no longer go to it. */
export function leaveShared(app: App): void {
  apps.delete(app);
}

export function sharedDefinitions(): ReadonlyMap<string, TaskDefinition> {
  return definitions;
}

export function registerShared(definition: TaskDefinition): void {
  const before = definitions.get(definition.name);
  if (before) throw alreadyRegistered(definition.name, before.file, definition.file);
  for (const app of apps) app.adopt(definition);
  definitions.set(definition.name, definition);
}

/**
 * The app that runs the current task, or the only app there is.
 * @throws ImproperlyConfigured naming what belongs to none of them, or to any
 */
export function appHere(what: string, remedy = ''): App {
  const current = currentTask()?.app;
  if (current) return current;
  const [first, ...others] = apps;
  if (first && others.length === 0) return first;
  const names = [...apps].map(({ name }) => name).join(', ');
  throw new ImproperlyConfigured(
    first
      ? `${what} belongs to ${apps.size} apps here (${names})${remedy}`
      : `${what} belongs to no app yet: make one before calling it`,
  );
}

/** A task of a library: defined without an app, called through whichever app there is. */
export class SharedTask<Args extends readonly unknown[], Value> implements Calls<Args, Value> {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** The task as this app knows it. Needed where a process has several apps. */
  on(app: App): Task<Args, Value> {
    return app.tasks.get(this.name) as unknown as Task<Args, Value>;
  }

  #here(): Task<Args, Value> {
    return this.on(appHere(`the shared task ${this.name}`, ': say which, as in task.on(app).delay()'));
  }

  get map(): Calls<Args, Value>['map'] {
    const task = this.#here();
    return task.map.bind(task);
  }

  get starmap(): Calls<Args, Value>['starmap'] {
    const task = this.#here();
    return task.starmap.bind(task);
  }

  get chunks(): Calls<Args, Value>['chunks'] {
    const task = this.#here();
    return task.chunks.bind(task);
  }

  get delay(): Calls<Args, Value>['delay'] {
    const task = this.#here();
    return task.delay.bind(task);
  }

  get applyAsync(): Calls<Args, Value>['applyAsync'] {
    const task = this.#here();
    return task.applyAsync.bind(task);
  }

  get apply(): Calls<Args, Value>['apply'] {
    const task = this.#here();
    return task.apply.bind(task);
  }

  get s(): Calls<Args, Value>['s'] {
    const task = this.#here();
    return task.s.bind(task);
  }

  get si(): Calls<Args, Value>['si'] {
    const task = this.#here();
    return task.si.bind(task);
  }

  get signature(): Calls<Args, Value>['signature'] {
    const task = this.#here();
    return task.signature.bind(task);
  }
}

import { BUILT_IN } from './built-in.ts';
import type { TaskDefinition } from './define.ts';
import type { AnyTask } from './task.ts';

/** An app's tasks by name. Celery's own are found like the others, but not listed or counted: nobody defined them. */
export class TaskMap extends Map<string, AnyTask> {
  readonly #builtIn: ReadonlyMap<string, AnyTask>;

  constructor(make: (definition: TaskDefinition) => AnyTask) {
    super();
    this.#builtIn = new Map(BUILT_IN.map((definition) => [definition.name, make(definition)]));
  }

  override get(name: string): AnyTask | undefined {
    return super.get(name) ?? this.#builtIn.get(name);
  }

  override has(name: string): boolean {
    return super.has(name) || this.#builtIn.has(name);
  }
}

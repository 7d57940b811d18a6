import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_PATTERNS, findTaskFiles, importModule } from './discover.ts';

/** From where the patterns of `autodiscoverTasks` are seen: a module's `import.meta.url`, or a folder. */
export interface DiscoveryOrigin {
  readonly from?: string;
  /** Default: the folder of `from`, else the current one. */
  readonly cwd?: string;
}

interface Discovery {
  readonly patterns: readonly string[];
  readonly cwd: string;
}

/**
 * The modules that an app has yet to import: those its settings name, then those its patterns find.
 * Each is handed out once.
 */
export class Discoveries {
  #waiting: Discovery[] = [];
  #settingsRead = false;

  /** Remember patterns. Nothing is looked for yet: task files import the app, which is not made at this point. */
  add(patterns: string | readonly string[] = DEFAULT_PATTERNS, origin: DiscoveryOrigin = {}): void {
    const { from, cwd = from === undefined ? process.cwd() : dirname(fileURLToPath(from)) } = origin;
    this.#waiting.push({ patterns: typeof patterns === 'string' ? [patterns] : patterns, cwd });
  }

  /**
   * Import what is waiting and answer its names; `named` (of the settings) counts the first time only.
   * @param before Awaited first, if there is anything to look for
   * @throws ImproperlyConfigured for a file or module that is not there, and whatever the modules throw
   */
  async import(named: readonly string[], before: () => Promise<unknown>): Promise<readonly string[]> {
    const discoveries = this.#waiting;
    this.#waiting = [];
    const modules = this.#settingsRead ? [] : named.map((name) => ({ name, cwd: process.cwd() }));
    this.#settingsRead = true;
    if (discoveries.length + modules.length === 0) return [];
    await before();
    for (const { patterns, cwd } of discoveries) {
      for (const name of await findTaskFiles(patterns, cwd)) modules.push({ name, cwd });
    }
    for (const { name, cwd } of modules) await importModule(name, cwd);
    return modules.map(({ name }) => name);
  }
}

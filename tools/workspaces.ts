import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone that this file is in. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** One package that npm publishes. */
export interface Workspace {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** Names of the other workspaces it needs at run time. */
  readonly needs: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The packages that npm publishes, each after those it depends on. Throws for a cycle, which it names. */
export function publicPackages(): Workspace[] {
  const found = globSync([...(manifestOf(ROOT).workspaces ?? [])], { cwd: ROOT })
    .map((folder) => join(ROOT, folder))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: manifestOf(folder) }))
    .filter(({ manifest }) => manifest.private !== true);
  const names = new Set(found.map(({ manifest }) => manifest.name));
  const waiting = found
    .map(({ folder, manifest }) => ({
      name: manifest.name,
      folder,
      needs: Object.keys(manifest.dependencies ?? {}).filter((name) => names.has(name)),
    }))
    .sort((one, other) => one.name.localeCompare(other.name));
  return inOrder(waiting);
}

function inOrder(waiting: Workspace[]): Workspace[] {
  const ordered: Workspace[] = [];
  const done = new Set<string>();
  while (waiting.length > 0) {
    const next = waiting.find((each) => each.needs.every((name) => done.has(name)));
    if (!next)
      throw new Error(`packages depend on each other: ${waiting.map((each) => each.name).join(', ')}`);
    ordered.push(next);
    done.add(next.name);
    waiting = waiting.filter((each) => each !== next);
  }
  return ordered;
}

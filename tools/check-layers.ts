/**
 * Fails when a file imports what its room may not, on cycles, on files that grew too long, and on files in no room.
 * The rules are in `layers/table.ts`. `node tools/check-layers.ts`
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cyclesOf } from './layers/cycles.ts';
import { type Import, importsOf } from './layers/imports.ts';
import { MAX_LINES, MAY_BE_LONG, PUBLIC_NAMES, type Room, roomOf } from './layers/table.ts';

const SOURCES = '{packages,drivers,apps,interop,bench,tests,tools}/**/*.{ts,mts,js,mjs}';
const NOT_OURS = new Set(['node_modules', 'dist', 'captures', 'results']);

/** Everything that is wrong under `root`, one line each: where, what, and what would be right. */
export function checkLayers(root: string): string[] {
  const files = globSync(SOURCES, { cwd: root, exclude: (path) => NOT_OURS.has(path.split(/[\\/]/).at(-1)!) })
    .map((file) => file.split(sep).join('/'))
    .sort();
  const faults: string[] = [];
  const fileGraph = new Map<string, Set<string>>();
  const packageGraph = new Map<string, Set<string>>();

  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8');
    const room = roomOf(file);
    if (!room) {
      faults.push(`${file}: in no room; add one to tools/layers/table.ts`);
      continue;
    }
    const lines = source.split('\n').length - 1;
    if (lines > MAX_LINES && !MAY_BE_LONG.some((exempt) => file.startsWith(exempt)))
      faults.push(`${file}: ${lines} lines, ${MAX_LINES} at most; cut it where it holds two ideas`);

    const neighbours = new Set<string>();
    for (const each of importsOf(source)) {
      const fault = each.target.startsWith('.')
        ? relativeFault(file, room, each)
        : publicFault(root, file, room, each);
      if (fault) faults.push(`${file}:${each.line}: ${fault}`);
      // Types are gone at run time: that two files speak of each other's is no cycle.
      if (each.kind === 'path' || each.typeOnly) continue;
      if (each.target.startsWith('.')) neighbours.add(resolve(file, each.target));
      else if (file.includes('/src/')) link(packageGraph, homeOf(file), each.target);
    }
    fileGraph.set(file, neighbours);
  }
  for (const cycle of cyclesOf(fileGraph)) faults.push(`cycle of files: ${cycle.join(' -> ')}`);
  for (const cycle of cyclesOf(byFolder(root, packageGraph)))
    faults.push(`cycle of packages: ${cycle.join(' -> ')}`);
  return faults;
}

function relativeFault(file: string, room: Room, { target, kind }: Import): string | undefined {
  const path = resolve(file, target);
  if (path.startsWith('../')) return `'${target}' is outside the repository`;
  if (kind === 'path') return undefined;
  const atHome = homeOf(path) === homeOf(file) && (roomOf(path) === room || room.reachesOwnPackage);
  if (atHome || room.reaches?.some((folder) => path.startsWith(folder))) return undefined;
  return `may not reach '${target}'; other rooms are imported by their public names`;
}

function publicFault(root: string, file: string, room: Room, { target, kind }: Import): string | undefined {
  if (kind === 'path') return undefined;
  if (target.startsWith('/') || target.startsWith('file:')) return `'${target}' is a path of one machine`;
  const ours = [...PUBLIC_NAMES].find((name) => target === name || target.startsWith(`${name}/`));
  if (ours !== undefined && !PUBLIC_NAMES.has(target))
    return `'${target}' goes past the door of its package; import '${ours}'`;
  const builtin = target.startsWith('node:');
  if (room.may.includes(target) || (builtin && room.may.includes('node:*'))) return undefined;
  if (room.mayLoad?.includes(target))
    return kind === 'load' ? undefined : `'${target}' may only be loaded when needed, by await import()`;
  if (room.anyLibrary && ours === undefined && !builtin) {
    const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/');
    return isDeclared(root, file, name) ? undefined : `'${name}' is in no package.json that this file sees`;
  }
  return `may not import '${target}'`;
}

/** Whether a package.json from the file up to the root declares the library. */
function isDeclared(root: string, file: string, name: string): boolean {
  for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
    const path = join(root, folder, 'package.json');
    if (existsSync(path)) {
      const { dependencies, devDependencies, peerDependencies } = JSON.parse(readFileSync(path, 'utf8'));
      if (name in { ...dependencies, ...devDependencies, ...peerDependencies }) return true;
    }
    if (folder === '.') return false;
  }
}

function resolve(file: string, target: string): string {
  return posix.normalize(posix.join(posix.dirname(file), target));
}

/** The package a file belongs to: 'packages/app', 'drivers/redis'; elsewhere its top folder. */
function homeOf(file: string): string {
  const depth = /^(packages|drivers|apps)\//.test(file) ? 2 : 1;
  return file.split('/').slice(0, depth).join('/');
}

function link(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from);
  if (targets) targets.add(to);
  else graph.set(from, new Set([to]));
}

/** The same graph with names of packages replaced by the folders they live in; libraries left out. */
function byFolder(root: string, graph: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const folders = new Map(
    globSync('{packages,drivers}/*/package.json', { cwd: root }).map((path) => {
      const { name } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { name: string };
      return [name, dirname(path).split(sep).join('/')] as const;
    }),
  );
  const folderOf = (target: string) =>
    folders.get(target.split('/', target.startsWith('@') ? 2 : 1).join('/'));
  return new Map(
    [...graph].map(([from, targets]) => [
      from,
      new Set([...targets].map(folderOf).filter((to) => to !== undefined)),
    ]),
  );
}

if (import.meta.main) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const faults = checkLayers(root);
  for (const fault of faults) console.error(fault);
  console.error(
    faults.length === 0
      ? `layers hold in ${relative(process.cwd(), root) || '.'}`
      : `${faults.length} faults`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
}

/** `npm run build`: compiles every public package to its `dist`, in the order in which they need each other. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { publicPackages, ROOT, type Workspace } from './workspaces.ts';

/** Folders of a package whose files are compiled, or copied when they are data (Lua, SQL). */
const SOURCES = ['src', 'kit', 'conformance'];

for (const each of publicPackages()) {
  const started = performance.now();
  rmSync(join(each.folder, 'dist'), { recursive: true, force: true });
  compile(each);
  copyData(each);
  // Each package on npm carries the licence; the one that users install also the read-me.
  copyFileSync(join(ROOT, 'LICENSE'), join(each.folder, 'LICENSE'));
  if (each.name === 'lovage') copyFileSync(join(ROOT, 'README.md'), join(each.folder, 'README.md'));
  console.log(`${each.name.padEnd(20)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function compile(each: Workspace): void {
  const config = join(each.folder, 'tsconfig.build.json');
  const { status } = spawnSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', config], {
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error(`${relative(ROOT, each.folder)} does not compile.`);
    process.exit(1);
  }
}

function copyData(each: Workspace): void {
  const data = globSync(
    SOURCES.map((folder) => `${folder}/**/*.*`),
    { cwd: each.folder },
  );
  for (const file of data.filter((path) => !/\.[cm]?tsx?$/.test(path))) {
    const target = join(each.folder, 'dist', file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(each.folder, file), target);
  }
}

#!/usr/bin/env node
// The `lovage` command. Plain JavaScript that any Node since 16 can read, so that an old one can say what it lacks.
import module from 'node:module';
import process from 'node:process';

const WANTED = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < WANTED[0] || (major === WANTED[0] && minor < WANTED[1])) {
  console.error(
    `lovage needs Node >= ${WANTED.join('.')}, this is ${process.version} (${process.execPath}).`,
  );
  process.exitCode = 1;
} else {
  // Compiled code is kept between runs, so that the command answers at once. A worker starts once and stays:
  // there the few MB that the cache takes count for more.
  if (process.argv[2] !== 'worker') module.enableCompileCache();
  const { main } = await import('@lovage/cli');
  const exitCode = await main(process.argv.slice(2));
  // The app's module may hold connections of its own open: end all the same, once everything is printed.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(exitCode);
}

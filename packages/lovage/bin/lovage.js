#!/usr/bin/env node
// The `lovage` command. Plain JavaScript that any Node since 16 can read, so that an old one can say what it lacks.
import module from 'node:module';
import process from 'node:process';
import v8 from 'node:v8';

const WANTED = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < WANTED[0] || (major === WANTED[0] && minor < WANTED[1])) {
  console.error(
    `lovage needs Node >= ${WANTED.join('.')}, this is ${process.version} (${process.execPath}).`,
  );
  process.exitCode = 1;
} else {
  if (process.argv.includes('worker')) {
    // A worker starts once and stays. One that moves many messages would let V8's heap grow to 200 MB around 15 MB
    // that are alive, and keep it (docs/decisions/0015). Early, before it has grown.
    v8.setFlagsFromString('--semi-space-growth-factor=1');
    v8.setFlagsFromString('--heap-growing-percent=200');
  } else {
    // Compiled code is kept between runs, so that other commands answer at once.
    module.enableCompileCache();
  }
  const { main } = await import('@lovage/cli');
  const exitCode = await main(process.argv.slice(2));
  // The app's module may hold connections of its own open: end all the same, once everything is printed.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(exitCode);
}

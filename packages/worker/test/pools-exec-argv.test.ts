import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childExecArgv } from '../src/pools/exec-argv.ts';

test('children take over the flags that make modules load and memory fit', () => {
  const flags = ['--conditions=a', '-C', 'b', '--import', './register.mjs', '--max-old-space-size=200'];
  assert.deepEqual(childExecArgv(flags), flags);
});

test('children do not take over what would make them another program', () => {
  const own = ['--inspect-brk=9229', '--test', '--test-name-pattern', 'x', '--watch', '--watch-path=src'];
  assert.deepEqual(childExecArgv([...own, '--conditions=a', '-e', 'run()']), ['--conditions=a']);
  assert.deepEqual(childExecArgv(['--input-type=module', '--eval', 'run()', '-r', './x']), ['-r', './x']);
});

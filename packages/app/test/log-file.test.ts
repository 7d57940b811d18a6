import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { createLogger } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'lovage-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

suite('a logger with a file', () => {
  test('appends to it, in the form that was asked for', () => {
    const file = join(folder, 'lines.log');
    createLogger({ level: 'info', format: 'text', file }).info('first');
    createLogger({ level: 'info', format: 'json', file }).info('second');
    const [text, json] = read('lines.log').trimEnd().split('\n');
    assert.match(text!, /^\[.*: INFO\/MainProcess\] first$/);
    assert.equal((JSON.parse(json!) as { msg: string }).msg, 'second');
  });

  test('tells pool processes apart by %I and %i', () => {
    const file = join(folder, 'pool%I.%i.%%.%x.log');
    createLogger({ level: 'info', format: 'text', file }).info('from the worker');
    createLogger({ level: 'info', format: 'text', file, processName: 'ForkPoolWorker-3' }).info(
      'from a child',
    );
    assert.match(read('pool.0.%.%x.log'), /from the worker\n$/);
    assert.match(read('pool-3.3.%.%x.log'), /ForkPoolWorker-3\] from a child\n$/);
  });

  test('makes the file anew when it was moved away', () => {
    const file = join(folder, 'rotated.log');
    const log = createLogger({ level: 'info', format: 'text', file });
    log.info('before');
    renameSync(file, `${file}.1`);
    log.info('after');
    rmSync(file);
    log.info('later');
    assert.match(read('rotated.log.1'), /before\n$/);
    assert.match(read('rotated.log'), /^\[[^\n]*later\n$/);
  });

  test('does not fail where the file cannot be written', (t) => {
    const said: string[] = [];
    t.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0);
    createLogger({ level: 'info', format: 'text', file: join(folder, 'no', 'such', 'folder.log') }).info(
      'lost?',
    );
    assert.match(said.join(''), /lost\?\n\(not in .*folder\.log: ENOENT/);
  });
});

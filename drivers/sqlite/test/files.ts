import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Connection, connect } from '../src/node-sqlite.ts';

/** The path of a file that is gone after the test. */
export function file(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-sqlite-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'parts.db');
}

/** A bare connection, closed after the test. */
export function open(t: TestContext, path = file(t)): Connection {
  const connection = connect(path);
  t.after(() => connection.close());
  return connection;
}

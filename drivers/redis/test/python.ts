import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../../../tools/services.ts';

/** Have a Python program beside this file carry out an order; answers the lines of JSON that it prints. */
export async function python(
  program: string,
  order: Readonly<Record<string, unknown>>,
  status = 0,
): Promise<readonly unknown[]> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(PYTHON, [path], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(order));
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  assert.equal(code, status, errors);
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

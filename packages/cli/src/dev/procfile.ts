import { readFileSync } from 'node:fs';
import { UsageError } from '../exit.ts';

/** One line of a Procfile: a kind of process, and how it is started. */
export interface Declared {
  readonly name: string;
  readonly command: string;
}

const LINE = /^([A-Za-z0-9_-]+):\s*(\S.*)$/;

/**
 * Lines `name: command`; blank ones and comments are left out.
 * @throws UsageError naming the file and every line that is neither
 */
export function readProcfile(path: string): readonly Declared[] {
  const declared: Declared[] = [];
  const problems: string[] = [];
  for (const [at, raw] of readText(path).split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', command = ''] = LINE.exec(line) ?? [];
    if (name === '') problems.push(`line ${at + 1} is '${line}', not \`name: command\``);
    else if (declared.some((each) => each.name === name)) problems.push(`line ${at + 1} names ${name} again`);
    else declared.push({ name, command });
  }
  if (problems.length > 0) throw new UsageError(`${path}: ${problems.join('; ')}.`);
  if (declared.length === 0) throw new UsageError(`${path} declares no process: \`web: node server.js\`.`);
  return declared;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`Cannot read the Procfile: ${(error as Error).message}`);
  }
}
